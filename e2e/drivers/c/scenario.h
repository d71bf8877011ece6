/* Runs the scenarios of libpq and prints a line for each. Each runs in a process of its own, which ends at the first failure. */
#include <libpq-fe.h>
#include <stdbool.h>

/* Put behind a query: now and then it takes longer, so that clients of a small pool have to wait. */
#define DAWDLE " from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)"
#define SLEEP "select pg_sleep(30)"

typedef struct {
    const char *name;
    void (*run)(void);
} Scenario;

extern const Scenario STATEMENTS[], COPIES[], SESSIONS[]; /* each ends with a name that is NULL */

/* Ends the process with this reason. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A text that lives until the process ends. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Demand that what came is what was asked for. */
void must(const char *what, const char *got, const char *want);
void must_number(const char *what, long got, long want);

/* Runs n processes at once, waits for all, and fails as one of them did. Each answers how many servers it met, or 0. */
void concurrently(int n, int (*work)(int i));

/* The servers that a connection met. */
typedef struct {
    int count, pids[64];
} Servers;
void met(Servers *servers, const char *pid);

/* Opens a connection with these settings beside those of the environment; fails if it cannot. */
PGconn *connected(const char *settings);

/* The next result, of which this status is demanded. */
PGresult *result(PGconn *c, ExecStatusType status);

/* Runs a statement by the simple protocol, any kind but COPY; fails if it does. */
void all(PGconn *c, int n, const char *statements[]);
#define ALL(c, ...) all(c, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

/* The first value of the answer to a statement with up to one value, unnamed. */
char *one(PGconn *c, const char *statement, const char *value);

void usable(PGconn *c);

/* Demands that this result is an error with this SQLSTATE, and clears it. */
void must_fail(const char *what, const char *state, PGresult *result);
