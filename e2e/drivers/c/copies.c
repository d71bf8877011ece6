/* COPY both ways, whole and given up. */
#include "scenario.h"

#include <string.h>

static PGresult *copy_end(PGconn *c, const char *given_up) {
    if (PQputCopyEnd(c, given_up) < 0) fail("CopyDone: %s", PQerrorMessage(c));
    PGresult *r = PQgetResult(c);
    if (PQgetResult(c)) fail("COPY has a second result");
    return r;
}

static void copy_in(void) {
    PGconn *c = connected("");
    ALL(c, "drop table if exists copied", "create table copied (id int4, word text)");
    PQsendQuery(c, "copy copied from stdin");
    PQclear(result(c, PGRES_COPY_IN));
    for (int i = 0; i < 20000; i++) {
        char *line = text("%d\tword %d\n", i, i);
        if (PQputCopyData(c, line, strlen(line)) != 1) fail("CopyData: %s", PQerrorMessage(c));
    }
    PGresult *r = copy_end(c, NULL);
    must("tag", PQcmdStatus(r), "COPY 20000");
    must("rows", one(c, "select count(*) from copied where word = 'word ' || id", NULL), "20000");
    /* and by the extended protocol */
    PQsendQueryParams(c, "copy copied from stdin", 0, NULL, NULL, NULL, NULL, 0);
    PQclear(result(c, PGRES_COPY_IN));
    PQputCopyData(c, "20000\tword 20000\n", 17);
    must("tag", PQcmdStatus(copy_end(c, NULL)), "COPY 1");
    usable(c);
    PQfinish(c);
}

static void read_lines(PGconn *c) {
    char *line;
    int i = 0;
    PQclear(result(c, PGRES_COPY_OUT));
    while (PQgetCopyData(c, &line, 0) > 0) {
        must("line", line, text("%d\tword %d\n", i, i));
        PQfreemem(line);
        i++;
    }
    must_number("lines", i, 20000);
    PQclear(result(c, PGRES_COMMAND_OK));
    if (PQgetResult(c)) fail("COPY has a second result");
    usable(c);
}

#define LINES "copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout"

static void copy_out(void) {
    PGconn *c = connected("");
    PQsendQuery(c, LINES);
    read_lines(c);
    PQsendQueryParams(c, LINES, 0, NULL, NULL, NULL, NULL, 0);
    read_lines(c);
    PQfinish(c);
}

static void copy_binary(void) {
    PGconn *from = connected(""), *to = connected("");
    ALL(to, "drop table if exists copied_binary", "create table copied_binary (id int4, word text)");
    PQsendQueryParams(from, "copy (select i::int4, 'word ' || i from generate_series(1, 5000) i) to stdout (format binary)", 0, NULL, NULL, NULL, NULL, 1);
    PGresult *r = result(from, PGRES_COPY_OUT);
    must_number("binary", PQbinaryTuples(r), 1);
    PQsendQuery(to, "copy copied_binary from stdin (format binary)");
    PQclear(result(to, PGRES_COPY_IN));
    char *part;
    for (int length; (length = PQgetCopyData(from, &part, 0)) > 0; PQfreemem(part)) PQputCopyData(to, part, length);
    PQclear(result(from, PGRES_COMMAND_OK));
    must("tag", PQcmdStatus(copy_end(to, NULL)), "COPY 5000");
    must("rows", one(to, "select count(*) from copied_binary where word = 'word ' || id", NULL), "5000");
    PQfinish(from);
    PQfinish(to);
}

static void copy_error(void) {
    PGconn *c = connected("");
    ALL(c, "drop table if exists refused", "create table refused (id int4)");
    for (int extended = 0; extended < 2; extended++) {
        if (extended)
            PQsendQueryParams(c, "copy refused from stdin", 0, NULL, NULL, NULL, NULL, 0);
        else
            PQsendQuery(c, "copy refused from stdin");
        PQclear(result(c, PGRES_COPY_IN));
        PQputCopyData(c, "no number\n", 10);
        for (int i = 0; i < 100000; i++) PQputCopyData(c, "1\n", 2);
        must_fail("refused by the server", "22P02", copy_end(c, NULL));
        usable(c);
        PQsendQuery(c, "copy refused from stdin");
        PQclear(result(c, PGRES_COPY_IN));
        PQputCopyData(c, "1\n2\n", 4);
        must_fail("given up by the client", "57014", copy_end(c, "the source broke"));
        usable(c);
    }
    /* libpq reads what is left of a COPY when the next statement comes */
    PQsendQuery(c, "copy (select repeat('x', 1000) from generate_series(1, 20000)) to stdout");
    PQclear(result(c, PGRES_COPY_OUT));
    usable(c);
    must_fail("out of nowhere", "42P01", PQexec(c, "copy nowhere to stdout"));
    usable(c);
    must("rows", one(c, "select count(*) from refused", NULL), "0");
    PQfinish(c);
}

const Scenario COPIES[] = {
    {"copy-in", copy_in}, {"copy-out", copy_out}, {"copy-binary", copy_binary}, {"copy-error", copy_error}, {NULL, NULL},
};
