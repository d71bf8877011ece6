/* Prepared statements, pipeline mode, values, single rows, cursors and large objects. */
#include "scenario.h"

#include <arpa/inet.h>
#include <libpq/libpq-fs.h>
#include <stdlib.h>
#include <string.h>

/* Named statements that are kept, named ones that are dropped, and unnamed ones prepared apart from their execution. */
static int ask_prepared(int connection) {
    PGconn *c = connected("");
    Servers servers = {0};
    bool known[7] = {false};
    for (int i = 0; i < 100; i++) {
        int n = i % 7, question = connection * 1000 + i;
        char *name = connection % 2 ? text("statement %d", n) : "";
        char *sql = text("select %d, $1::int4 * 2, pg_backend_pid() /* %d */" DAWDLE, n, n);
        if (!known[n] || !*name) PQclear(PQprepare(c, name, sql, 0, NULL));
        known[n] = true;
        const char *value = text("%d", question);
        PGresult *r = PQexecPrepared(c, name, 1, &value, NULL, NULL, 0);
        if (PQresultStatus(r) != PGRES_TUPLES_OK) fail("prepared: %s", PQresultErrorMessage(r));
        must("statement", PQgetvalue(r, 0, 0), text("%d", n));
        must("answer", PQgetvalue(r, 0, 1), text("%d", question * 2));
        met(&servers, PQgetvalue(r, 0, 2));
        PQclear(r);
        r = PQdescribePrepared(c, name);
        must_number("parameters", PQnparams(r), 1);
        PQclear(r);
        if (connection % 4 == 3 && i % 5 == 4) {
            ALL(c, text("deallocate \"%s\"", name));
            known[n] = false;
        }
    }
    PQfinish(c);
    return servers.count;
}

static void prepared(void) { concurrently(8, ask_prepared); }

/* The result of one statement in a pipeline, and the NULL behind it. */
static PGresult *piped(PGconn *c, ExecStatusType status) {
    PGresult *r = result(c, status);
    if (status != PGRES_PIPELINE_SYNC && PQgetResult(c)) fail("two results of one statement");
    return r;
}

/* Hundreds of statements before the first answer is read, some with a Sync between them and some with a Flush. */
static int burst(int connection) {
    enum { N = 200 };
    PGconn *c = connected("");
    for (int round = 0; round < 4; round++) {
        char *name = text("pipelined %d", round);
        PQenterPipelineMode(c);
        PQsendPrepare(c, name, "select $1::text || '!'", 0, NULL);
        for (int n = 0; n < N; n++) {
            const char *value = text("%d q %d", connection, n);
            if (n % 3)
                PQsendQueryPrepared(c, name, 1, &value, NULL, NULL, 0);
            else
                PQsendQueryParams(c, "select $1::text || '!'", 1, NULL, &value, NULL, NULL, 0);
            if (n % 50 == 49) PQpipelineSync(c);
            if (n % 50 == 20) PQsendFlushRequest(c);
        }
        PQclear(piped(c, PGRES_COMMAND_OK));
        for (int n = 0; n < N; n++) {
            PGresult *r = piped(c, PGRES_TUPLES_OK);
            must("answer", PQgetvalue(r, 0, 0), text("%d q %d!", connection, n));
            PQclear(r);
            if (n % 50 == 49) PQclear(piped(c, PGRES_PIPELINE_SYNC));
        }
        if (!PQexitPipelineMode(c)) fail("the pipeline does not end: %s", PQerrorMessage(c));
        usable(c);
    }
    PQfinish(c);
    return 0;
}

/* Answers come after a Flush, while no Sync has been sent. */
static void flushed(void) {
    PGconn *c = connected("");
    PQenterPipelineMode(c);
    for (int n = 0; n < 20; n++) {
        const char *value = text("%d", n);
        PQsendQueryParams(c, "select $1::int4 + 1", 1, NULL, &value, NULL, NULL, 0);
        PQsendFlushRequest(c);
        PGresult *r = piped(c, PGRES_TUPLES_OK);
        must("flushed", PQgetvalue(r, 0, 0), text("%d", n + 1));
        PQclear(r);
    }
    PQpipelineSync(c);
    PQclear(piped(c, PGRES_PIPELINE_SYNC));
    PQexitPipelineMode(c);
    usable(c);
    PQfinish(c);
}

static void batch(void) {
    concurrently(4, burst);
    flushed();
}

static int burst_with_error(int connection) {
    PGconn *c = connected("");
    const char *zero = "0", *number = text("%d", connection);
    for (int round = 0; round < 10; round++) {
        PQenterPipelineMode(c);
        PQsendQueryParams(c, "select $1::int4", 1, NULL, &number, NULL, NULL, 0);
        PQsendQueryParams(c, "select 1 / $1::int4", 1, NULL, &zero, NULL, NULL, 0);
        PQsendPrepare(c, "never", "select 1", 0, NULL);
        for (int n = 0; n < 100; n++) PQsendQueryParams(c, "insert into skipped values ($1::int4)", 1, NULL, &number, NULL, NULL, 0);
        PQpipelineSync(c);
        PQsendQueryPrepared(c, "never", 0, NULL, NULL, NULL, 0);
        PQpipelineSync(c);
        PQsendQueryParams(c, "select $1::int4 + 1", 1, NULL, &number, NULL, NULL, 0);
        PQpipelineSync(c);
        PGresult *r = piped(c, PGRES_TUPLES_OK);
        must("before the error", PQgetvalue(r, 0, 0), number);
        PQclear(r);
        must_fail("the error", "22012", piped(c, PGRES_FATAL_ERROR));
        for (int n = 0; n < 101; n++) PQclear(piped(c, PGRES_PIPELINE_ABORTED));
        PQclear(piped(c, PGRES_PIPELINE_SYNC));
        must_fail("a statement that was skipped", "26000", piped(c, PGRES_FATAL_ERROR));
        PQclear(piped(c, PGRES_PIPELINE_SYNC));
        r = piped(c, PGRES_TUPLES_OK);
        must("after the sync", PQgetvalue(r, 0, 0), text("%d", connection + 1));
        PQclear(r);
        PQclear(piped(c, PGRES_PIPELINE_SYNC));
        PQexitPipelineMode(c);
        usable(c);
    }
    must("rows of bursts that failed", one(c, "select count(*) from skipped", NULL), "0");
    PQfinish(c);
    return 0;
}

static void batch_error(void) {
    PGconn *c = connected("");
    ALL(c, "drop table if exists skipped", "create table skipped (n int4)");
    PQfinish(c);
    concurrently(4, burst_with_error);
}

/* A large object is read and written by FunctionCall messages. */
static void large_object(PGconn *c) {
    enum { SIZE = 3000000 };
    char *sent = malloc(SIZE), *got = calloc(1, SIZE);
    memset(sent, 'y', SIZE);
    ALL(c, "begin");
    Oid oid = lo_creat(c, INV_READ | INV_WRITE);
    int object = lo_open(c, oid, INV_READ | INV_WRITE);
    must_number("written", lo_write(c, object, sent, SIZE), SIZE);
    must_number("position", lo_lseek64(c, object, 1000000, SEEK_SET), 1000000);
    must_number("read", lo_read(c, object, got, SIZE), 2000000);
    must_number("bytes", memcmp(sent, got, 2000000), 0);
    must_number("truncated", lo_truncate(c, object, 10), 0);
    must_number("closed", lo_close(c, object), 0);
    ALL(c, "commit", "begin");
    must_number("a closed one", lo_close(c, 7), -1);
    ALL(c, "rollback");
    must_number("unlinked", lo_unlink(c, oid), 1);
    usable(c);
}

static void large(void) {
    static const int SIZES[] = {1, 8191, 8192, 65536, 1 << 20, 8 << 20};
    PGconn *c = connected("");
    for (int i = 0; i < 6; i++) {
        char *sent = malloc(SIZES[i] + 1);
        memset(sent, 'x', SIZES[i]);
        sent[SIZES[i] - 1] = '!', sent[SIZES[i]] = 0;
        const char *values[] = {sent, sent};
        const int lengths[] = {0, SIZES[i]}, formats[] = {0, 1};
        PGresult *r = PQexecParams(c, "select $1::text, $2::bytea", 2, NULL, values, lengths, formats, 1);
        if (PQresultStatus(r) != PGRES_TUPLES_OK) fail("large: %s", PQresultErrorMessage(r));
        for (int n = 0; n < 2; n++)
            if (PQgetlength(r, 0, n) != SIZES[i] || memcmp(PQgetvalue(r, 0, n), sent, SIZES[i])) fail("%d bytes did not come back", SIZES[i]);
        PQclear(r);
        free(sent);
    }
    /* row by row */
    PQsendQuery(c, "select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i");
    PQsetSingleRowMode(c);
    for (int i = 1; i <= 100; i++) {
        PGresult *r = result(c, PGRES_SINGLE_TUPLE);
        must("row", PQgetvalue(r, 0, 0), text("%d", i));
        must_number("length", strspn(PQgetvalue(r, 0, 1), (char[]){97 + i % 26, 0}), 100000);
        PQclear(r);
    }
    PQclear(result(c, PGRES_TUPLES_OK));
    if (PQgetResult(c)) fail("a result too many");
    large_object(c);
    PQfinish(c);
}

/* libpq knows texts only, and bytes in the network's order. */
static void types(void) {
    static const char *VALUES[][2] = {
        {"bool", "t"}, {"int2", "-32768"}, {"int8", "-9223372036854775808"}, {"float8", "3.141592653589793"}, {"numeric", "123456789.00001"},
        {"text", "a ' \" \\ \u20ac \U0001F600 \n"}, {"varchar(20)", "twenty"}, {"bytea", "\\x0001ff5c"}, {"date", "2026-02-28"},
        {"timestamp", "2026-11-24 12:34:56.000789"}, {"uuid", "01234567-89ab-cdef-0123-456789abcdef"}, {"int4[]", "{1,2,NULL}"},
        {"inet", "10.1.2.3"}, {"int4range", "[1,9)"}, {"jsonb", "{\"a\": [1.5, \"x\", null]}"}, {"interval", "1 year 2 mons"},
    };
    PGconn *c = connected("");
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++)
        must(VALUES[i][0], one(c, text("select $1::%s", VALUES[i][0]), VALUES[i][1]), VALUES[i][1]);
    uint32_t sent = htonl(123456789);
    const char *values[] = {(char *)&sent, NULL};
    const int lengths[] = {4, 0}, formats[] = {1, 1};
    const Oid kinds[] = {23, 25};
    PGresult *r = PQexecParams(c, "select $1, $2", 2, kinds, values, lengths, formats, 1);
    if (PQresultStatus(r) != PGRES_TUPLES_OK) fail("binary: %s", PQresultErrorMessage(r));
    must_number("type", PQftype(r, 0), 23);
    must_number("binary", memcmp(PQgetvalue(r, 0, 0), &sent, 4), 0);
    must_number("null", PQgetisnull(r, 0, 1), 1);
    PQclear(r);
    PQfinish(c);
}

static void cursor(void) {
    PGconn *c = connected("");
    ALL(c, "begin");
    const char *end = "1000";
    PQclear(PQexecParams(c, "declare numbers scroll cursor for select i from generate_series(1, $1::int4) i", 1, NULL, &end, NULL, NULL, 0));
    PGresult *r = PQdescribePortal(c, "numbers");
    must_number("columns", PQnfields(r), 1);
    PQclear(r);
    int want = 1;
    for (int rows = 1; rows;) {
        r = PQexecParams(c, "fetch 70 from numbers", 0, NULL, NULL, NULL, NULL, 0);
        rows = PQntuples(r);
        for (int n = 0; n < rows; n++) must("row", PQgetvalue(r, n, 0), text("%d", want++));
        PQclear(r);
    }
    must_number("rows", want - 1, 1000);
    must("scrolled", one(c, "fetch absolute 11 from numbers", NULL), "11");
    ALL(c, "commit");
    usable(c);
    PQfinish(c);
}

const Scenario STATEMENTS[] = {
    {"prepared", prepared}, {"batch", batch}, {"batch-error", batch_error}, {"large", large}, {"types", types}, {"cursor", cursor}, {NULL, NULL},
};
