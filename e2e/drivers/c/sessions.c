/* Connections: their beginning, their limits and their end; cancel, transactions, notifications. */
#include "scenario.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

static void login(void) {
    PGconn *c = connected("");
    must("user", one(c, "select current_user::text", NULL), getenv("PGUSER"));
    PQfinish(c);
    c = PQconnectdb("sslmode=disable password=wrong");
    must_number("status", PQstatus(c), CONNECTION_BAD);
    if (!strstr(PQerrorMessage(c), "password authentication failed")) fail("wrong password: %s", PQerrorMessage(c));
    PQfinish(c);
}

static int in_schema(int i) {
    PGconn *c = connected(text("application_name='application %d' options='-c search_path=s%d -c statement_timeout=%d'", i, i % 4, 20001 + i));
    must("reported", PQparameterStatus(c, "application_name"), text("application %d", i));
    for (int n = 0; n < 40; n++) {
        const char *asked = "select name || '|' || current_setting('application_name') || '|' || current_setting('statement_timeout') from place";
        must("settings", one(c, asked, NULL), text("s%d|application %d|%dms", i % 4, i, 20001 + i));
    }
    PQfinish(c);
    return 0;
}

static void startup(void) {
    PGconn *c = connected("");
    for (int i = 0; i < 4; i++)
        ALL(c, text("create schema if not exists s%d", i), text("drop table if exists s%d.place", i), text("create table s%d.place as select 's%d' as name", i, i));
    PQfinish(c);
    concurrently(8, in_schema);
}

/* Reads the answer and cancels until it comes, as the first request may come before the statement. */
static void cancelled(PGconn *c) {
    PGcancel *request = PQgetCancel(c);
    PQsendQuery(c, SLEEP);
    while (PQisBusy(c)) {
        struct pollfd ready = {.fd = PQsocket(c), .events = POLLIN};
        char reason[256];
        if (!poll(&ready, 1, 100) && !PQcancel(request, reason, sizeof reason)) fail("cancel: %s", reason);
        else if (ready.revents && !PQconsumeInput(c)) fail("cancelled: %s", PQerrorMessage(c));
    }
    PQfreeCancel(request);
    must_fail("cancelled", "57014", PQgetResult(c));
    if (PQgetResult(c)) fail("a second result of what was cancelled");
}

static int cancel_or_neighbour(int i) {
    PGconn *c = connected("");
    for (int n = 0; n < 3; n++) {
        if (i) {
            char *question = text("%d", i * 10 + n);
            must("a neighbour's answer", one(c, "select $1::int4 from pg_sleep(0.1)", question), question);
        } else {
            cancelled(c);
            usable(c);
        }
    }
    PQfinish(c);
    return 0;
}

static void cancel(void) { concurrently(3, cancel_or_neighbour); }

static void timeout(void) {
    PGconn *c = connected(""), *hasty = connected("options='-c statement_timeout=500'");
    ALL(c, "begin", "set local statement_timeout = 50");
    must_fail("statement_timeout", "57014", PQexec(c, SLEEP));
    ALL(c, "rollback", "select pg_sleep(0.1)");
    for (int n = 0; n < 5; n++) {
        must_fail("statement_timeout", "57014", PQexec(hasty, SLEEP));
        usable(hasty);
        usable(c);
    }
    PQfinish(c);
    PQfinish(hasty);
}

static PGresult *by(PGconn *c, int how, const char *statement) {
    if (how == 0) return PQexec(c, statement);
    if (how == 1) return PQexecParams(c, statement, 0, NULL, NULL, NULL, NULL, 1);
    PGresult *r = PQprepare(c, statement, statement, 0, NULL);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) return r;
    PQclear(r);
    return PQexecPrepared(c, statement, 0, NULL, NULL, NULL, 0);
}

static void errors(void) {
    static const char *FAILING[][2] = {
        {"selec 1", "42601"}, {"select * from nowhere", "42P01"}, {"insert into keyed values (1)", "23505"}, {"select 'x'::int4", "22P02"},
        {"do $$ begin raise 'own'; end $$", "P0001"}, {"select nothing_like_this(1)", "42883"},
        {"select 1/(i - 500) from generate_series(1, 1000) i", "22012"},
    };
    PGconn *c = connected("");
    ALL(c, "drop table if exists keyed", "create table keyed (id int4 primary key)", "insert into keyed values (1)");
    for (int how = 0; how < 3; how++) {
        for (size_t i = 0; i < sizeof FAILING / sizeof *FAILING; i++) {
            const char *statement = FAILING[i][0];
            must_fail(statement, FAILING[i][1], by(c, how, statement));
            usable(c);
            ALL(c, "deallocate all", "begin");
            must_fail(statement, FAILING[i][1], by(c, how, statement));
            must_fail("failed transaction", "25P02", by(c, how, "select 2"));
            must_number("status", PQtransactionStatus(c), PQTRANS_INERROR);
            ALL(c, "rollback", "deallocate all");
            must_number("status", PQtransactionStatus(c), PQTRANS_IDLE);
        }
    }
    usable(c);
    PQfinish(c);
}

static void reconnect(void) {
    PGconn *c = connected(""), *other = connected("");
    for (int n = 0; n < 3; n++) {
        ALL(c, "begin");
        char *pid = one(c, "select pg_backend_pid()", NULL);
        must("terminated", one(other, "select pg_terminate_backend($1, 5000)", pid), "t");
        PGresult *r = PQexec(c, "select 1");
        must_number("a terminated server", PQresultStatus(r), PGRES_FATAL_ERROR);
        PQclear(r);
        PQreset(c);
        must_number("status", PQstatus(c), CONNECTION_OK);
        must("afterwards", one(c, "select $1::text", text("%d", n)), text("%d", n));
    }
    PQfinish(c);
    PQfinish(other);
}

static void transactions(void) {
    PGconn *c = connected(""), *other = connected("");
    const char *seen = "select count(*) from kept";
    ALL(c, "drop table if exists kept", "create table kept (id int4)", "begin isolation level serializable", "insert into kept values (1)",
        "savepoint inner_one", "insert into kept values (2)");
    must_fail("division", "22012", PQexec(c, "select 1/0"));
    ALL(c, "rollback to savepoint inner_one", "insert into kept values (3)");
    must("seen by another", one(other, seen, NULL), "0");
    ALL(c, "commit");
    must("seen by another", one(other, seen, NULL), "2");
    ALL(c, "begin", "delete from kept", "rollback");
    must("seen by another", one(other, seen, NULL), "2");
    ALL(c, "begin read only");
    must_fail("read only", "25006", PQexec(c, "delete from kept"));
    ALL(c, "rollback and chain", "commit");
    must_number("status", PQtransactionStatus(c), PQTRANS_IDLE);
    PQfinish(c);
    PQfinish(other);
}

static void listen(void) {
    PGconn *c = connected(""), *other = connected("");
    ALL(c, "listen c_channel");
    for (int n = 0; n < 3; n++) {
        one(other, "select pg_notify('c_channel', $1)", text("message %d", n));
        PGnotify *heard;
        while (!(heard = PQnotifies(c))) {
            struct pollfd ready = {.fd = PQsocket(c), .events = POLLIN};
            if (!poll(&ready, 1, 5000)) fail("no notification");
            PQconsumeInput(c);
        }
        must("notification", text("%s %s", heard->relname, heard->extra), text("c_channel message %d", n));
        PQfreemem(heard);
    }
    ALL(c, "unlisten *");
    PQfinish(c);
    PQfinish(other);
}

const Scenario SESSIONS[] = {
    {"login", login}, {"startup", startup}, {"cancel", cancel}, {"timeout", timeout}, {"errors", errors}, {"reconnect", reconnect},
    {"transactions", transactions}, {"listen", listen}, {NULL, NULL},
};
