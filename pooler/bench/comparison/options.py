"""The command line of compare."""

import argparse
import os
from dataclasses import dataclass, fields

from . import scenarios
from .poolers.adapter import VARIABLE, adapters


@dataclass(frozen=True)
class Asked:
    """What is to be done."""

    scenarios: tuple
    quick: bool
    full: bool
    rounds: int
    seconds: int
    warm_up: int
    counted: int
    queries: tuple
    protocols: tuple
    clients: tuple
    servers: int
    processes: tuple
    loops: tuple
    builds: dict
    peers: list
    pgbouncer: str
    java_options: str
    aot: bool
    calls: bool
    plots: bool
    strict: bool
    operator: int
    page: bool

    def told(self):
        """As it stands in the results."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "peers"} | {
            "peers": {peer.name: peer.program for peer in self.peers}}


def parser(about):
    one = argparse.ArgumentParser(description=about)
    one.add_argument("--scenarios", type=_scenarios, default=scenarios.USUAL, metavar="A,B,…",
                     help=f"all, or of {', '.join(scenarios.ALL)} (default {','.join(scenarios.USUAL)})")
    one.add_argument("--quick", action="store_true", help="a smoke test: all scenarios, small and short; no numbers to believe")
    one.add_argument("--full", action="store_true", help="all cells of each scenario instead of the usual ones")
    one.add_argument("--rounds", type=int, help="rounds, interleaved (default 3)")
    one.add_argument("--seconds", type=int, help="seconds of one run; the first is not counted (default 4)")
    one.add_argument("--warm-up", type=int, help="transactions of each protocol before, for a JVM (default 60000)")
    one.add_argument("--queries", type=_words, default=(), metavar="S,1", help="of transactions: pgbench's -S, SELECT 1")
    one.add_argument("--protocols", type=_words, default=(), metavar="simple,…", help="of transactions, rate and tls")
    one.add_argument("--clients", type=_numbers, default=(), metavar="1,40,…", help="of transactions")
    one.add_argument("--servers", type=int, default=40, help="servers of each pool (default 40)")
    one.add_argument("--processes", type=_numbers, metavar="1,2", help="of PgBouncer, a pooler each (default 1, and one per CPU)")
    one.add_argument("--loops", type=_numbers, metavar="1,2", help="worker_threads of ours, a pooler each (default one per CPU)")
    one.add_argument("--pooler", action="append", default=[], metavar="NAME=SCRIPT",
                     help="another build of ours, to compare two (default: this tree's)")
    one.add_argument("--pgbouncer", metavar="PATH", help="a PgBouncer of your own, 1.21 or newer")
    one.add_argument("--java-options", default="", help="POOLER_JAVA_OPTS of ours")
    one.add_argument("--no-aot", dest="aot", action="store_false", help="ours without the AOT cache that its image has")
    one.add_argument("--no-calls", dest="calls", action="store_false", help="does not count system calls")
    one.add_argument("--no-plots", dest="plots", action="store_false", help="draws no plots")
    one.add_argument("--strict", action="store_true", help="exit code 1 if ours costs more than 1.25 times PgBouncer with 40 clients")
    one.add_argument("--operator", type=int, default=0, metavar="POOLS", help="what the operator costs with so many pools, too (needs root)")
    one.add_argument("--page", action="store_true", help="writes RESULTS.md and plots/ of all that was measured, for the docs")
    return one


def read(about, words=None):
    of = parser(about)
    given = of.parse_args(words)
    cpus = os.cpu_count()
    rounds, seconds, warm_up, counted = (1, 3, 3_000, 2_000) if given.quick else (3, 4, 60_000, 20_000)
    wanted = tuple(scenarios.ALL) if given.quick and given.scenarios == scenarios.USUAL else given.scenarios
    try:
        peers = adapters(os.environ.get(VARIABLE, ""))
    except ValueError as wrong:
        of.error(str(wrong))
    asked = Asked(
        scenarios=wanted, quick=given.quick, full=given.full, rounds=given.rounds or rounds, seconds=given.seconds or seconds,
        warm_up=warm_up if given.warm_up is None else given.warm_up, counted=counted,
        queries=given.queries, protocols=given.protocols, clients=given.clients, servers=given.servers,
        processes=tuple(dict.fromkeys((1, *(given.processes or (() if given.quick else (cpus,)))))), loops=given.loops or (cpus,),
        builds=dict(part.split("=", 1) for part in given.pooler) or {"doorman": None}, peers=peers,
        pgbouncer=given.pgbouncer, java_options=given.java_options, aot=given.aot, calls=given.calls, plots=given.plots,
        strict=given.strict, operator=given.operator, page=given.page)
    if asked.rounds < 1 or asked.seconds < 3:
        of.error("at least 1 round and 3 seconds")
    return asked


def _scenarios(text):
    names = tuple(scenarios.ALL) if text == "all" else _words(text)
    unknown = [name for name in names if name not in scenarios.ALL]
    if unknown:
        raise argparse.ArgumentTypeError(f"no scenario {', '.join(unknown)}, expected all or of {', '.join(scenarios.ALL)}")
    return names


def _words(text):
    return tuple(word for word in text.split(",") if word)


def _numbers(text):
    numbers = tuple(int(word) for word in _words(text))
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected numbers from 1 with commas between")
    return numbers
