"""The scenarios of e2e/drivers/SCENARIOS with psycopg 3: binary and text, pipeline mode, server-side cursors, its pool."""

import datetime
import decimal
import ipaddress
import time
import uuid

import psycopg
from psycopg import errors
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from scenario import DAWDLE, ERRORS, Servers, cancelling, concurrently, must, must_fail, run, version

STILL = "select 'still ' || %s::text"


def connect(**more):
    return psycopg.connect("", autocommit=True, **more)


def one(c, statement, *values, **more):
    return c.execute(statement, values, **more).fetchone()


def usable(c):
    must("afterwards", one(c, STILL, "here")[0], "still here")


def login():
    with connect() as c:
        must("user", one(c, "select current_user::text")[0], c.info.user)
    must_fail("wrong password", psycopg.OperationalError, lambda: connect(password="wrong"))
    try:
        connect(password="wrong")
    except psycopg.OperationalError as e:
        must("wrong password", "password authentication failed" in str(e), True)


def startup():
    with connect() as c:
        for i in range(4):
            c.execute(f"create schema if not exists s{i}")
            c.execute(f"drop table if exists s{i}.place")
            c.execute(f"create table s{i}.place as select 's{i}' as name")

    def client(i):
        options = f"-c search_path=s{i % 4} -c statement_timeout={20001 + i}"
        with connect(application_name=f"application {i}", options=options) as c:
            for _ in range(40):
                got = one(c, "select name, current_setting('application_name'), current_setting('statement_timeout') from place")
                must("settings", got, (f"s{i % 4}", f"application {i}", f"{20001 + i}ms"))

    concurrently(8, client)


def prepared():
    servers = Servers()

    def client(connection):
        with connect(prepare_threshold=0 if connection % 2 else 3) as c:
            c.prepared_max = 5  # fewer than there are statements: it closes and prepares again
            for i in range(100):
                question = connection * 1000 + i
                text = f"select {i % 7}, %s::int4 * 2, pg_backend_pid() /* {i % 7} */{DAWDLE}"
                statement, answer, pid = one(c, text, question, binary=i % 2 == 0)
                must("answer", (statement, answer), (i % 7, question * 2))
                servers.add(connection, pid)

    concurrently(8, client)
    servers.check()


def batch():
    def client(connection):
        with connect() as c:
            for _ in range(3):
                with c.pipeline() as p:
                    cursors = []
                    for n in range(100):
                        cursors.append((n, c.execute(f"select %s::int4 + {n % 5}, %s::text", (n, f"q {connection} {n}"))))
                        if n % 33 == 0:
                            p.sync()
                    for n, cursor in cursors:
                        must("answer", cursor.fetchone(), (n + n % 5, f"q {connection} {n}"))
            with c.cursor() as cursor:
                cursor.executemany("select %s::int4 * 2", [(n,) for n in range(50)], returning=True)
                for n in range(50):
                    must("executemany", cursor.fetchone()[0], n * 2)
                    cursor.nextset()

    concurrently(4, client)


def batch_error():
    with connect() as c:
        c.execute("drop table if exists skipped")
        c.execute("create table skipped (n int4)")

    def client(connection):
        # psycopg counts a statement as prepared although it was skipped, also without a pooler: hence no prepare_threshold
        with connect(prepare_threshold=None) as c:
            for n in range(10):
                answers = []

                def burst():
                    with c.pipeline() as p:
                        answers.append(c.execute("select %s::int4", (n,)).fetchone()[0])
                        c.execute("select 1 / %s::int4", (0,))
                        c.execute("insert into skipped values (%s)", (n,))
                        p.sync()

                must_fail("burst", (errors.DivisionByZero, errors.PipelineAborted), burst)
                must("before the error", answers, [n])
                usable(c)
            must("skipped statements that ran", one(c, "select count(*) from skipped")[0], 0)

    concurrently(4, client)


def copy_in():
    with connect() as c:
        c.execute("drop table if exists copied")
        c.execute("create table copied (id int4, word text)")
        with c.cursor() as cursor:
            with cursor.copy("copy copied from stdin") as copy:
                for i in range(20000):
                    copy.write_row((i, f"word {i}"))
            must("rows", cursor.rowcount, 20000)
        must("rows", one(c, "select count(*) from copied where word = 'word ' || id")[0], 20000)


def copy_out():
    with connect() as c, c.cursor() as cursor:
        with cursor.copy("copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout") as copy:
            copy.set_types(["int4", "text"])
            n = 0
            for row in copy.rows():
                must("row", row, (n, f"word {n}"))
                n += 1
        must("rows", n, 20000)


def copy_binary():
    types = ["int4", "text", "timestamptz"]
    with connect() as c, c.cursor() as cursor:
        at = datetime.datetime(2026, 11, 24, tzinfo=datetime.timezone.utc)
        c.execute("drop table if exists copied_binary")
        c.execute("create table copied_binary (id int4, word text, at timestamptz)")
        with cursor.copy("copy copied_binary from stdin (format binary)") as copy:
            copy.set_types(types)
            for i in range(5000):
                copy.write_row((i, f"word {i}", at + datetime.timedelta(seconds=i)))
        with cursor.copy("copy (select * from copied_binary order by id) to stdout (format binary)") as copy:
            copy.set_types(types)
            n = 0
            for row in copy.rows():
                must("row", row[:2] + (row[2].timestamp(),), (n, f"word {n}", at.timestamp() + n))
                n += 1
        must("rows", n, 5000)


def copy_error():
    with connect() as c, c.cursor() as cursor:
        c.execute("drop table if exists refused")
        c.execute("create table refused (id int4)")

        def bad():
            with cursor.copy("copy refused from stdin") as copy:
                copy.write("1\n" * 3000 + "no number\n")
                for _ in range(200):
                    copy.write("2\n" * 1000)

        must_fail("refused by the server", "22P02", bad)
        usable(c)

        def given_up():
            with cursor.copy("copy refused from stdin") as copy:
                copy.write("1\n2\n")
                raise KeyError("the source broke")

        must_fail("given up by the client", KeyError, given_up)
        usable(c)

        def half_read():  # psycopg cancels the rest
            with cursor.copy("copy (select repeat('x', 1000) from generate_series(1, 200000)) to stdout") as copy:
                copy.read()
                raise KeyError("enough")

        must_fail("given up by the reader", KeyError, half_read)
        usable(c)
        must("rows", one(c, "select count(*) from refused")[0], 0)
        must_fail("out of nowhere", "42P01", lambda: cursor.copy("copy nowhere to stdout").__enter__())
        usable(c)


def cancel():
    def client(i):
        with connect() as c:
            for n in range(3):
                if i:
                    must("a neighbour's answer", one(c, "select %s::int4 from pg_sleep(0.1)", i * 10 + n)[0], i * 10 + n)
                    continue
                how = c.cancel_safe if n else c.cancel
                must_fail("cancelled", "57014", lambda: cancelling(how, lambda: c.execute("select pg_sleep(30)")))
                usable(c)

    concurrently(3, client)


def timeout():
    with connect() as c:
        with c.transaction():
            c.execute("set local statement_timeout = 50")

            def sleep():
                with c.transaction():  # a savepoint
                    c.execute("select pg_sleep(30)")

            must_fail("statement_timeout", "57014", sleep)
        c.execute("select pg_sleep(0.1)")
        usable(c)


def failures():
    with connect() as c:
        c.execute("drop table if exists keyed")
        c.execute("create table keyed (id int4 primary key)")
        c.execute("insert into keyed values (1)")
        for text, state in ERRORS.items():
            must_fail(text, state, lambda: c.execute(text))
            usable(c)
            must_fail(text, state, lambda: c.execute(text, prepare=True))
            usable(c)
            c.execute("begin")
            must_fail(text, state, lambda: c.execute(text))
            must_fail("failed transaction", "25P02", lambda: c.execute("select 1"))
            c.execute("rollback")
        usable(c)


def reconnect():
    with ConnectionPool("", min_size=2, max_size=4, open=True, kwargs={"autocommit": True}, check=ConnectionPool.check_connection) as pool:
        for n in range(3):
            def terminated():
                with pool.connection() as c, c.transaction():
                    pid = one(c, "select pg_backend_pid()")[0]
                    with pool.connection() as other:
                        other.execute("select pg_terminate_backend(%s, 5000)", (pid,))
                    c.execute("select 1")

            must_fail("a terminated server", psycopg.OperationalError, terminated)
            with pool.connection() as c:
                must("afterwards", one(c, "select %s::int4", n)[0], n)


def transactions():
    with connect() as c, connect() as other:
        seen = lambda: one(other, "select count(*) from kept")[0]
        c.execute("drop table if exists kept")
        c.execute("create table kept (id int4)")
        c.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        with c.transaction():
            c.execute("insert into kept values (%s)", (1,))
            try:
                with c.transaction("inner_one"):
                    c.execute("insert into kept values (%s)", (2,))
                    c.execute("select 1/0")
            except errors.DivisionByZero:
                pass
            c.execute("insert into kept values (%s)", (3,))
            must("seen by another", seen(), 0)
        must("seen by another", seen(), 2)
        try:
            with c.transaction():
                c.execute("delete from kept")
                raise psycopg.Rollback()
        except psycopg.Rollback:
            pass
        must("seen by another", seen(), 2)


def large():
    with connect() as c:
        for size in (1, 8191, 8192, 65536, 1 << 20, 8 << 20):
            sent = "x" * (size - 1) + "!"
            for binary in (False, True):
                text, raw = one(c, "select %b::text, %b::bytea" if binary else "select %t::text, %t::bytea", sent, sent.encode(), binary=binary)
                must(f"{size} bytes", text == sent and raw == sent.encode(), True)
        n = 0
        for i, text in c.execute("select i, repeat(chr(97 + i %% 26), 100000) from generate_series(1, %s) i", (100,)):
            n += 1
            must("row", i == n and text == chr(97 + i % 26) * 100000, True)
        must("rows", n, 100)


def types():
    zone = datetime.timezone.utc
    values = {
        "bool": True, "int2": -32768, "int4": 2**31 - 1, "int8": -(2**63), "float4": 1.5, "float8": 3.141592653589793,
        "numeric": decimal.Decimal("123456789.00001"), "text": "a ' \" \\ \u20ac \U0001F600 \n", "varchar(20)": "twenty", "bytea": b"\0\1\xff\\",
        "date": datetime.date(2026, 2, 28), "time": datetime.time(12, 34, 56, 789000), "timestamp": datetime.datetime(2026, 11, 24, 12, 34, 56, 789000),
        "timestamptz": datetime.datetime(2026, 11, 24, 12, 34, 56, 789000, zone), "interval": datetime.timedelta(days=2, microseconds=1000001),
        "uuid": uuid.UUID("01234567-89ab-cdef-0123-456789abcdef"), "int4[]": [1, 2, 3], "text[]": ["a", "b,c", '"d"', None], "int4[][]": [[1, 2], [3, 4]],
        "inet": ipaddress.ip_address("10.1.2.3"), "cidr": ipaddress.ip_network("10.0.0.0/8"),
        "int4range": psycopg.types.range.Range(1, 9, "[)"), "tsrange": psycopg.types.range.Range(datetime.datetime(2026, 1, 1), None, "[)"),
    }
    with connect() as c:
        for prepare in (False, True):
            for binary in (False, True):
                for kind, sent in values.items():
                    mark = "%b" if binary else "%t"
                    got = one(c, f"select {mark}::{kind}", sent, binary=binary, prepare=prepare)[0]
                    must(kind, got.astimezone(zone) if kind == "timestamptz" else got, sent)
                document = {"a": [1.5, "x", None]}
                must("jsonb", one(c, "select %s::jsonb", Jsonb(document), binary=binary, prepare=prepare)[0], document)
                must("null", one(c, "select %s::int4", None, binary=binary, prepare=prepare)[0], None)


def cursor():
    with connect() as c:
        for scrollable in (False, True):
            with c.transaction(), c.cursor("numbers", scrollable=scrollable) as numbers:
                numbers.execute("select i from generate_series(1, %s) i", (1000,))
                numbers.itersize = 70
                must("rows", [row[0] for row in numbers], list(range(1, 1001)))
                if scrollable:
                    numbers.scroll(10, mode="absolute")
                    must("scrolled", numbers.fetchone()[0], 11)


def listen():
    with connect() as c, connect() as other:
        c.execute("listen psycopg_channel")
        for n in range(3):
            other.execute("select pg_notify('psycopg_channel', %s)", (f"message {n}",))
            got = [(x.channel, x.payload) for x in c.notifies(timeout=5, stop_after=1)]
            must("notification", got, [("psycopg_channel", f"message {n}")])
        c.execute("unlisten *")


version("psycopg", psycopg.__version__, f", libpq {psycopg.pq.version() / 10000:.4f}".rstrip("0"))
run({
    "login": login, "startup": startup, "prepared": prepared, "batch": batch, "batch-error": batch_error, "copy-in": copy_in,
    "copy-out": copy_out, "copy-binary": copy_binary, "copy-error": copy_error, "cancel": cancel, "timeout": timeout, "errors": failures,
    "reconnect": reconnect, "transactions": transactions, "large": large, "types": types, "cursor": cursor, "listen": listen,
})
