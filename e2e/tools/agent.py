"""Asks the admin console what agents in Python ask it, as they do with psycopg 3: by simple queries, in a transaction that nobody
asked for, and prepared on the server.

    agent.py CONNINFO        prints `ok NAME` or `not ok NAME - reason` for each question
"""

import sys

import psycopg
from psycopg.rows import dict_row

METRICS = {
    "STATS": ("total_xact_count", "total_query_count", "total_received", "total_sent", "total_xact_time", "total_query_time",
              "total_wait_time", "total_server_assignment_count", "avg_recv", "avg_sent", "avg_xact_time", "avg_query_time",
              "avg_wait_time"),
    "POOLS": ("cl_active", "cl_waiting", "cl_active_cancel_req", "cl_waiting_cancel_req", "sv_active", "sv_idle", "sv_used",
              "sv_tested", "sv_login", "maxwait", "maxwait_us"),
    "DATABASES": ("pool_size", "max_connections", "current_connections"),
}
failed = False


def check(name, question):
    global failed
    try:
        question()
        print("ok", name)
    except Exception as reason:
        failed = True
        print("not ok", name, "-", " ".join(str(reason).split()))


def numbers(cursor, table):
    rows = cursor.execute("SHOW " + table).fetchall()
    assert rows, "no row"
    for row in rows:
        for column in METRICS[table]:
            assert isinstance(row[column], int), f"{column} is {row[column]!r}"


def has_limit(cursor):
    config = {row["key"]: row["value"] for row in cursor.execute("SHOW CONFIG").fetchall()}
    assert int(config["max_client_conn"]) > 0, config["max_client_conn"]


def has_version(cursor):
    version = cursor.execute("SHOW VERSION").fetchone()["version"]
    assert version.startswith("PgDoorman "), version


def simply(conninfo):
    with psycopg.connect(conninfo, autocommit=True, cursor_factory=psycopg.ClientCursor, row_factory=dict_row) as connection:
        cursor = connection.cursor()
        for table in METRICS:
            check("simple " + table, lambda: numbers(cursor, table))
        check("config", lambda: has_limit(cursor))
        check("version", lambda: has_version(cursor))


def in_a_transaction(conninfo):
    """What psycopg does unless it is told otherwise: BEGIN, and the extended protocol."""
    with psycopg.connect(conninfo, row_factory=dict_row) as connection:
        cursor = connection.cursor()
        for table in METRICS:
            check("transaction " + table, lambda: numbers(cursor, table))
        connection.commit()
        connection.rollback()
        cursor.execute("SET application_name = 'agent'")


def prepared(conninfo):
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=0, row_factory=dict_row) as connection:
        cursor = connection.cursor()
        for turn in range(3):
            for table in METRICS:
                check(f"prepared {table} {turn}", lambda: numbers(cursor, table))
        binary = connection.cursor(binary=True)
        check("binary", lambda: numbers(binary, "POOLS"))


def refused(conninfo):
    """An error leaves the connection as it was."""
    with psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as connection:
        try:
            connection.execute("PAUSE")
        except psycopg.errors.InsufficientPrivilege:
            numbers(connection.cursor(), "POOLS")
        else:
            raise AssertionError("the stats user could pause")


for kind in (simply, in_a_transaction, prepared, refused):
    check(kind.__name__, lambda: kind(sys.argv[1]))
sys.exit(failed)
