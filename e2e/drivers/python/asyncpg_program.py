"""The scenarios of e2e/drivers/SCENARIOS with asyncpg: its statement cache, COPY, cursors, listeners, and its pool."""

import asyncio
import contextlib
import datetime
import decimal
import io
import ipaddress
import json
import uuid

import asyncpg

from scenario import DAWDLE, ERRORS, POOLED, Servers, concurrently_async, must, must_fail_async, run, version

STILL = "select 'still ' || $1::text"
ROWS = 20000


@contextlib.asynccontextmanager
async def connected(**more):
    c = await asyncpg.connect(**more)
    try:
        yield c
    finally:
        await c.close(timeout=10)


async def usable(c):
    must("afterwards", await c.fetchval(STILL, "here"), "still here")


async def again(c, table, columns):
    await c.execute(f"drop table if exists {table}")
    await c.execute(f"create table {table} ({columns})")


async def login():
    async with connected() as c:
        must("user", await c.fetchval("select current_user::text"), "driver")
    await must_fail_async("wrong password", "28P01", asyncpg.connect(password="wrong"))


async def startup():
    async with connected() as c:
        for i in range(4):
            await c.execute(f"create schema if not exists s{i}")
            await c.execute(f"drop table if exists s{i}.place")
            await c.execute(f"create table s{i}.place as select 's{i}' as name")

    async def client(i):
        settings = {"application_name": f"application {i}", "search_path": f"s{i % 4}", "statement_timeout": f"{20001 + i}"}
        async with connected(server_settings=settings) as c:
            for _ in range(40):
                got = await c.fetchrow(
                    "select name, current_setting('application_name'), current_setting('statement_timeout') from place"
                )
                must("settings", tuple(got), (f"s{i % 4}", f"application {i}", f"{20001 + i}ms"))

    await concurrently_async(8, client)


async def prepared():
    servers = Servers()

    async def client(connection):
        # fewer than there are statements: it closes and prepares again; none: the unnamed statement
        async with connected(statement_cache_size=(100, 3, 0)[connection % 3]) as c:
            explicit = await c.prepare("select $1::int4 + 1, pg_backend_pid()")
            for i in range(100):
                question = connection * 1000 + i
                text = f"select {i % 7}, $1::int4 * 2, pg_backend_pid() /* {i % 7} */{DAWDLE}"
                statement, answer, pid = await c.fetchrow(text, question)
                must("answer", (statement, answer), (i % 7, question * 2))
                servers.add(connection, pid)
                answer, pid = await explicit.fetchrow(question)
                must("answer of prepare()", answer, question + 1)
                servers.add(connection, pid)

    await concurrently_async(9, client)
    servers.check()


async def batch():
    async with connected() as c:
        await again(c, "batched", "id int4, word text")

    async def client(connection):
        async with connected() as c:
            for n in range(5):
                rows = [(connection * 10000 + n * 1000 + i, f"q {connection} {i}") for i in range(300)]
                await c.executemany("insert into batched values ($1, $2)", rows)
                answers = await c.fetchmany("select $1::int4 * 2, $2::text", rows)
                must("answers", [tuple(row) for row in answers], [(i * 2, word) for i, word in rows])

    await concurrently_async(4, client)
    async with connected() as c:
        must("rows", await c.fetchval("select count(distinct id) from batched where word like 'q _ %'"), 6000)


async def batch_error():
    async with connected() as c:
        await again(c, "skipped", "n int4")

    async def client(connection):
        async with connected() as c:
            for n in range(10):
                burst = c.executemany("insert into skipped select 1 / $1::int4", [(1,)] * 50 + [(0,)] + [(1,)] * 500)
                await must_fail_async("burst", "22012", burst)
                await usable(c)
                answers = c.fetchmany("select 1 / $1::int4", [(1,), (0,), (1,)])
                await must_fail_async("answers", "22012", answers)
                await usable(c)
                await must_fail_async("simple", "22012", c.execute("insert into skipped values (1); select 1 / 0; select 2"))
                await usable(c)

    await concurrently_async(4, client)
    async with connected() as c:
        must("rows of bursts that failed", await c.fetchval("select count(*) from skipped"), 0)


async def copy_in():
    async with connected() as c:
        await again(c, "copied", "id int4, word text")
        text = "".join(f"{i}\tword {i}\n" for i in range(ROWS)).encode()
        must("tag", await c.copy_to_table("copied", source=io.BytesIO(text)), f"COPY {ROWS}")
        must("rows", await c.fetchval("select count(*) from copied where word = 'word ' || id"), ROWS)


async def copy_out():
    async with connected() as c:
        text = io.BytesIO()
        tag = await c.copy_from_query(f"select i, 'word ' || i from generate_series(0, {ROWS - 1}) i", output=text)
        must("tag", tag, f"COPY {ROWS}")
        must("rows", text.getvalue() == "".join(f"{i}\tword {i}\n" for i in range(ROWS)).encode(), True)


async def copy_binary():
    async with connected() as c:
        await again(c, "copied_binary", "id int4, word text, at timestamptz")
        at = datetime.datetime(2026, 11, 24, tzinfo=datetime.timezone.utc)
        rows = [(i, f"word {i}", at + datetime.timedelta(seconds=i)) for i in range(5000)]
        must("tag", await c.copy_records_to_table("copied_binary", records=rows), "COPY 5000")
        must("rows", [tuple(row) for row in await c.fetch("select * from copied_binary order by id")], rows)
        data = io.BytesIO()
        await c.copy_from_query("select id from copied_binary order by id", output=data, format="binary")
        must("bytes", len(data.getvalue()), 19 + 2 + 5000 * 10)


async def copy_error():
    async with connected() as c:
        await again(c, "refused", "id int4")

        async def bad():
            yield b"1\n" * 3000 + b"no number\n"
            for _ in range(200):
                yield b"2\n" * 1000

        await must_fail_async("refused by the server", "22P02", c.copy_to_table("refused", source=bad()))
        await usable(c)

        async def breaks():
            yield b"1\n2\n"
            raise KeyError("the source broke")

        await must_fail_async("given up by the client", KeyError, c.copy_to_table("refused", source=breaks()))
        await usable(c)

        async def no_more(_):
            raise KeyError("enough")

        reading = c.copy_from_query("select repeat('x', 1000) from generate_series(1, 200000)", output=no_more)
        await must_fail_async("given up by the reader", KeyError, reading)
        await usable(c)
        await must_fail_async("out of nowhere", "42P01", c.copy_from_table("nowhere", output=io.BytesIO()))
        await usable(c)
        must("rows", await c.fetchval("select count(*) from refused"), 0)


async def cancel():
    async def client(i):
        async with connected() as c:
            for n in range(3):
                if i:
                    answer = await c.fetchval("select $1::int4 from pg_sleep(0.1)", i * 10 + n)
                    must("a neighbour's answer", answer, i * 10 + n)
                    continue
                task = asyncio.create_task(c.execute("select pg_sleep(30)"))
                await running(c)
                task.cancel()  # sends a CancelRequest and waits for the statement's end before the next
                await must_fail_async("cancelled", asyncio.CancelledError, task)
                await usable(c)

    await concurrently_async(3, client)


async def running(c):
    """Waits until another connection sees that a long sleep runs."""
    async with connected() as other:
        asked = """select count(*) from pg_stat_activity
            where query = 'select pg_sleep(30)' and state = 'active' and datname = current_database()"""
        while await other.fetchval(asked) == 0:
            await asyncio.sleep(0.01)


async def timeout():
    async with connected() as c:
        async with c.transaction():
            await c.execute("set local statement_timeout = 50")

            async def sleep():
                async with c.transaction():  # a savepoint
                    await c.execute("select pg_sleep(30)")

            await must_fail_async("statement_timeout", "57014", sleep())
        await c.execute("select pg_sleep(0.1)")
        for n in range(3):
            await must_fail_async("limit of the driver", asyncio.TimeoutError, c.execute("select pg_sleep(30)", timeout=0.1))
            await usable(c)
            sleep = c.fetchval("select $1::int4 from pg_sleep(30)", n, timeout=0.1)
            await must_fail_async("limit of the driver", asyncio.TimeoutError, sleep)
            await usable(c)


async def failures():
    async with connected() as c:
        await again(c, "keyed", "id int4 primary key")
        await c.execute("insert into keyed values (1)")
        for text, state in ERRORS.items():
            for do in (c.execute, c.fetch):
                await must_fail_async(text, state, do(text))
                await usable(c)
                await c.execute("begin")
                await must_fail_async(text, state, do(text))
                await must_fail_async("failed transaction", "25P02", do("select 1"))
                await c.execute("rollback")
        await changed_plan(c)


async def changed_plan(c):
    """A cached statement whose result changes: asyncpg prepares again by itself, and tells of it in a transaction."""
    text = "select pg_backend_pid(), * from changing"
    await again(c, "changing", "a int4")
    await c.execute("insert into changing values (1)")

    async def fetched():
        async with c.transaction():  # so that one server prepares and runs it, and no other knows it
            return await c.fetchrow(text)

    for column in range(4):
        row = await fetched()
        must("columns", len(row), column + 2)
        await c.execute(f"alter table changing add column b{column} int4")
        async with contextlib.AsyncExitStack() as stack:
            if POOLED == "1" and column != 3:
                await taken(row[0], stack)
            if column == 2:
                await must_fail_async("changed in a transaction", asyncpg.InvalidCachedStatementError, fetched())
            must("columns", len(await c.fetchrow(text)), column + 3)


async def taken(pid, stack):
    """Other connections take servers until one of them has this; the rest is given back."""
    async with contextlib.AsyncExitStack() as rest:
        for _ in range(8):
            other = await asyncpg.connect()
            await other.execute("begin")
            found = await other.fetchval("select pg_backend_pid()") == pid
            (stack if found else rest).push_async_callback(other.close)
            if found:
                return
        raise AssertionError(f"nobody met the server {pid}")


async def reconnect():
    async with asyncpg.create_pool(min_size=2, max_size=4) as pool:
        for n in range(3):

            async def terminated():
                async with pool.acquire() as c, c.transaction():
                    pid = await c.fetchval("select pg_backend_pid()")
                    async with pool.acquire() as other:
                        await other.execute("select pg_terminate_backend($1, 5000)", pid)
                    await c.execute("select 1")

            lost = (asyncpg.AdminShutdownError, asyncpg.InterfaceError, asyncpg.ConnectionDoesNotExistError, OSError)
            await must_fail_async("a terminated server", lost, terminated())
            must("afterwards", await pool.fetchval("select $1::int4", n), n)


async def transactions():
    async with connected() as c, connected() as other:

        async def seen():
            return await other.fetchval("select count(*) from kept")

        await again(c, "kept", "id int4")
        async with c.transaction(isolation="serializable"):
            await c.execute("insert into kept values ($1)", 1)
            with contextlib.suppress(asyncpg.DivisionByZeroError):
                async with c.transaction():
                    await c.execute("insert into kept values ($1)", 2)
                    await c.execute("select 1/0")
            await c.execute("insert into kept values ($1)", 3)
            must("seen by another", await seen(), 0)
        must("seen by another", await seen(), 2)
        with contextlib.suppress(KeyError):
            async with c.transaction():
                await c.execute("delete from kept")
                raise KeyError
        must("seen by another", await seen(), 2)
        async with c.transaction(readonly=True, isolation="repeatable_read"):
            await must_fail_async("read only", "25006", c.execute("insert into kept values (4)"))


async def large():
    async with connected() as c:
        for size in (1, 8191, 8192, 65536, 1 << 20, 8 << 20):
            sent = "x" * (size - 1) + "!"
            text, raw = await c.fetchrow("select $1::text, $2::bytea", sent, sent.encode())
            must(f"{size} bytes", text == sent and raw == sent.encode(), True)
        rows = await c.fetch("select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, $1) i", 100)
        must("rows", [row[0] for row in rows], list(range(1, 101)))
        must("texts", all(text == chr(97 + i % 26) * 100000 for i, text in rows), True)


async def types():
    zone = datetime.timezone.utc
    at = datetime.datetime(2026, 11, 24, 12, 34, 56, 789000)
    values = {
        "bool": True, "int2": -32768, "int4": 2**31 - 1, "int8": -(2**63), "float4": 1.5, "float8": 3.141592653589793,
        "numeric": decimal.Decimal("123456789.00001"), "text": "a ' \" \\ \u20ac \U0001F600 \n", "varchar(20)": "twenty",
        "bytea": b"\0\1\xff\\", "date": datetime.date(2026, 2, 28), "time": datetime.time(12, 34, 56, 789000), "timestamp": at,
        "timestamptz": at.replace(tzinfo=zone), "interval": datetime.timedelta(days=2, microseconds=1000001),
        "int4[]": [1, 2, 3], "text[]": ["a", "b,c", '"d"', None], "int4[][]": [[1, 2], [3, 4]],
        "inet": ipaddress.ip_address("10.1.2.3"), "cidr": ipaddress.ip_network("10.0.0.0/8"),
        "int4range": asyncpg.Range(1, 9), "tsrange": asyncpg.Range(datetime.datetime(2026, 1, 1), None),
        "mood": "glad", "mood[]": ["sad", "glad"],
    }  # fmt: skip
    async with connected() as c:
        await c.execute("drop type if exists mood")
        await c.execute("create type mood as enum ('sad', 'glad')")
        # asyncpg asks the catalogue about a type of ours, by a long statement of its own
        for cache in (100, 0):
            async with connected(statement_cache_size=cache) as other:
                for kind, sent in values.items():
                    must(kind, await other.fetchval(f"select $1::{kind}", sent), sent)
                identity = await other.fetchval("select $1::uuid", uuid.UUID(int=7))
                must("uuid", identity == uuid.UUID(int=7), True)
                await other.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
                document = {"a": [1.5, "x", None]}
                must("jsonb", await other.fetchval("select $1::jsonb", document), document)
                must("null", await other.fetchval("select $1::int4", None), None)


async def cursor():
    async with connected() as c:
        async with c.transaction():
            rows = [row[0] async for row in c.cursor("select i from generate_series(1, $1) i", 1000, prefetch=70)]
            must("rows", rows, list(range(1, 1001)))
            two = await c.cursor("select i from generate_series(1, $1) i", 1000)
            other = await c.cursor("select -i from generate_series(1, $1) i", 1000)
            must("the first part", [row[0] for row in await two.fetch(10)], list(range(1, 11)))
            must("another cursor", [row[0] for row in await other.fetch(3)], [-1, -2, -3])
            must("skipped", await two.forward(100), 100)
            must("the next row", (await two.fetchrow())[0], 111)


async def listen():
    async with connected() as c, connected() as other:
        heard = asyncio.Queue()
        await c.add_listener("asyncpg_channel", lambda _, pid, channel, payload: heard.put_nowait((channel, payload)))
        for n in range(3):
            await other.execute("select pg_notify('asyncpg_channel', $1)", f"message {n}")
            must("notification", await asyncio.wait_for(heard.get(), 5), ("asyncpg_channel", f"message {n}"))
            await usable(c)
        await c.reset()  # what its pool does with each connection that comes back: UNLISTEN * and more
        await usable(c)


version("asyncpg", asyncpg.__version__)
run({
    "login": login, "startup": startup, "prepared": prepared, "batch": batch, "batch-error": batch_error, "copy-in": copy_in,
    "copy-out": copy_out, "copy-binary": copy_binary, "copy-error": copy_error, "cancel": cancel, "timeout": timeout,
    "errors": failures, "reconnect": reconnect, "transactions": transactions, "large": large, "types": types, "cursor": cursor,
    "listen": listen,
})  # fmt: skip
