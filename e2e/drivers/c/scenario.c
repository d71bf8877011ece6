#define _GNU_SOURCE /* vasprintf */
#include "scenario.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_SECONDS = 60, FAILED = 125 };

static int reasons; /* where a process writes why it failed */

char *text(const char *format, ...) {
    char *made;
    va_list values;
    va_start(values, format);
    if (vasprintf(&made, format, values) < 0) abort();
    va_end(values);
    return made;
}

void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vdprintf(reasons, format, values);
    va_end(values);
    _exit(FAILED);
}

void must(const char *what, const char *got, const char *want) {
    if (strcmp(got, want)) fail("%s: got %.200s, want %.200s", what, got, want);
}

void must_number(const char *what, long got, long want) {
    if (got != want) fail("%s: got %ld, want %ld", what, got, want);
}

void concurrently(int n, int (*work)(int i)) {
    int most = 0;
    for (int i = 0; i < n; i++) {
        if (!fork()) {
            alarm(LIMIT_SECONDS - 5);
            _exit(work(i));
        }
    }
    for (int i = 0; i < n; i++) {
        int status;
        wait(&status);
        if (!WIFEXITED(status)) fail("a connection's process broke or took too long");
        if (WEXITSTATUS(status) == FAILED) _exit(FAILED);
        if (WEXITSTATUS(status) > most) most = WEXITSTATUS(status);
    }
    const char *pooled = getenv("POOLED");
    if (most && !strcmp(pooled, "1") && most < 2) fail("no connection met a second server, so nothing was shown");
    if (most && !strcmp(pooled, "0") && most != 1) fail("a connection met %d servers without a pooler", most);
}

void met(Servers *servers, const char *pid) {
    for (int i = 0; i < servers->count; i++)
        if (servers->pids[i] == atoi(pid)) return;
    if (servers->count < 64) servers->pids[servers->count++] = atoi(pid);
}

PGconn *connected(const char *settings) {
    PGconn *c = PQconnectdb(text("sslmode=disable %s", settings));
    if (PQstatus(c) != CONNECTION_OK) fail("connect: %s", PQerrorMessage(c));
    return c;
}

PGresult *result(PGconn *c, ExecStatusType status) {
    PGresult *r = PQgetResult(c);
    if (PQresultStatus(r) != status)
        fail("got %s %s, want %s", PQresStatus(PQresultStatus(r)), PQresultErrorMessage(r), PQresStatus(status));
    return r;
}

void all(PGconn *c, int n, const char *statements[]) {
    for (int i = 0; i < n; i++) {
        PGresult *r = PQexec(c, statements[i]);
        if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) fail("%s: %s", statements[i], PQresultErrorMessage(r));
        PQclear(r);
    }
}

char *one(PGconn *c, const char *statement, const char *value) {
    PGresult *r = PQexecParams(c, statement, value ? 1 : 0, NULL, &value, NULL, NULL, 0);
    if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) < 1) fail("%s: %s", statement, PQresultErrorMessage(r));
    char *got = text("%s", PQgetvalue(r, 0, 0));
    PQclear(r);
    return got;
}

void usable(PGconn *c) { must("afterwards", one(c, "select 'still ' || $1::text", "here"), "still here"); }

void must_fail(const char *what, const char *state, PGresult *r) {
    const char *got = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    must(what, got ? got : PQresStatus(PQresultStatus(r)), state);
    PQclear(r);
}

/* Runs one in a process of its own and prints its line. */
static void run(const Scenario *scenario) {
    int ends[2], status;
    char reason[1000] = "";
    if (pipe(ends)) abort();
    pid_t child = fork();
    if (!child) {
        reasons = ends[1];
        alarm(LIMIT_SECONDS);
        scenario->run();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t had = 0, more; (more = read(ends[0], reason + had, sizeof reason - 1 - had)) > 0;) had += more;
    close(ends[0]);
    waitpid(child, &status, 0);
    for (char *end = reason; (end = strchr(end, '\n'));) *end = ' ';
    if (!status)
        printf("ok %s\n", scenario->name);
    else if (WIFSIGNALED(status))
        printf("not ok %s - %s %s\n", scenario->name, strsignal(WTERMSIG(status)), reason);
    else
        printf("not ok %s - %s\n", scenario->name, reason);
    fflush(stdout);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("version libpq %d.%d (C)\n", PQlibVersion() / 10000, PQlibVersion() % 10000);
    for (const Scenario *s = SESSIONS; s->name; s++) run(s);
    for (const Scenario *s = STATEMENTS; s->name; s++) run(s);
    for (const Scenario *s = COPIES; s->name; s++) run(s);
}
