"""Runs the scenarios of a driver and prints a line for each."""

import asyncio
import inspect
import os
import signal
import sys
import threading
import traceback

# Whether a connection meets several servers: "1" that it must, "0" that it must not.
POOLED = os.environ.get("POOLED")
# Put behind a query: now and then it takes longer, so that clients of a small pool have to wait.
DAWDLE = " from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)"
LIMIT = 60

# Statements of the scenario `errors`, with the SQLSTATEs that they fail with; the table keyed has a row 1.
ERRORS = {
    "selec 1": "42601",
    "select * from nowhere": "42P01",
    "insert into keyed values (1)": "23505",
    "select 'x'::int4": "22P02",
    "do $$ begin raise 'own'; end $$": "P0001",
    "select nothing_like_this(1)": "42883",
    "select 1/(i - 500) from generate_series(1, 1000) i": "22012",
}


def version(name, number, more=""):
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"version {name} {number} (Python {python}{more})", flush=True)


def must(what, got, want):
    """Demands that what came is what was asked for."""
    if got != want or type(got) is not type(want):
        raise AssertionError(f"{what}: got {got!r:.200}, want {want!r:.200}")


def must_fail(what, state, do):
    """Demands a failure with this SQLSTATE, or, where `state` is a class, of this class."""
    try:
        do()
    except Exception as e:
        failed_as(what, state, e)
    else:
        raise AssertionError(f"{what}: no failure, want {state}")


async def must_fail_async(what, state, coroutine):
    try:
        await coroutine
    except (Exception, asyncio.CancelledError) as e:
        failed_as(what, state, e)
    else:
        raise AssertionError(f"{what}: no failure, want {state}")


def failed_as(what, state, e):
    if isinstance(state, (type, tuple)):
        if not isinstance(e, state):
            raise AssertionError(f"{what}: got {e!r}, want {state}") from e
        return
    chain = [e, getattr(e, "orig", None), e.__cause__, getattr(getattr(e, "orig", None), "__cause__", None)]
    states = [getattr(x, "sqlstate", None) for x in chain if x is not None]
    if state not in states:
        raise AssertionError(f"{what}: got {states} {e!r:.200}, want {state}") from e


class Servers:
    """Counts the server processes that each connection met."""

    def __init__(self):
        self.met = {}

    def add(self, connection, pid):
        self.met.setdefault(connection, set()).add(pid)

    def check(self):
        most = max(len(pids) for pids in self.met.values())
        if POOLED == "1" and most < 2:
            raise AssertionError("no connection met a second server, so nothing was shown")
        if POOLED == "0" and most != 1:
            raise AssertionError(f"a connection met {most} servers without a pooler")


def concurrently(n, do):
    """Runs n threads at once and raises the first failure."""
    failures = []

    def one(i):
        try:
            do(i)
        except Exception as e:
            failures.append(e)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        raise failures[0]


async def concurrently_async(n, do):
    """Runs n tasks at once and raises the first failure."""
    for result in await asyncio.gather(*(do(i) for i in range(n)), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


def cancelling(cancel, do):
    """Runs `do` and cancels it, again and again, as the first one may come before the statement."""
    stop = threading.Event()
    failures = []

    def loop():
        try:
            while not stop.wait(0.1):
                cancel()
        except Exception as e:
            failures.append(e)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        do()
    finally:
        stop.set()
        thread.join()
        if failures:
            raise failures[0]


def run(scenarios):
    """Runs all, one after the other; a value is a function or a coroutine function."""
    for name, do in scenarios.items():

        def too_long(*_):
            print(f"not ok {name} - no end after {LIMIT} s", flush=True)
            traceback.print_stack()
            os._exit(1)

        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(LIMIT)
        try:
            asyncio.run(do()) if inspect.iscoroutinefunction(do) else do()
            print(f"ok {name}", flush=True)
        except Exception as e:
            traceback.print_exc()
            print(f"not ok {name} - {(type(e).__name__ + ': ' + str(e))!r}", flush=True)
        signal.alarm(0)
