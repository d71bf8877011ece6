"""Five users on a database that may have twenty servers: how they share, evenly or beside one who takes all he can."""

from dataclasses import replace

from ..figures import RATIO, Column
from ..loader import LOOKUP, group
from ..setting import DATABASE
from .scenario import Scenario

CAP = 20
NAMES = tuple(f"user{number}" for number in range(1, 6))
CLIENTS = {"even": (20, 20, 20, 20, 20), "one greedy": (100, 5, 5, 5, 5)}


class Users(Scenario):
    name = "users"
    title = f"five users on a database with at most {CAP} servers; latencies of the four with the fewest clients"
    keys = ("users",)
    columns = (
        Column("tps", "tps", ".0f"), Column("least", "least user", ".0f"), Column("most", "most", ".0f"),
        Column("p50", "p50 ms", ".2f"), Column("p99", "p99 ms", ".2f"), Column("p999", "p99.9 ms", ".2f"),
        Column("p99", "spread", ".2f", spread=True), Column("p99_ratio", "ratio", ".2f"), Column("starved", "starved", ".0f"),
        Column("errors", "errors", ".0f"), Column("cpu", "us/tx", ".1f"), *RATIO)
    ratios = {"ratio": "cpu", "p99_ratio": "p99"}
    plots = ({"kind": "bars", "x": "users", "y": "p99", "label": "p99 of the users with the fewest clients, ms", "log": True},)

    def cells(self, asked):
        return tuple((kind,) for kind in (("one greedy",) if asked.quick else CLIENTS))

    def setting(self, asked, cell):
        return replace(super().setting(asked, cell), servers=CAP, cap=CAP, pools=tuple((DATABASE, name) for name in NAMES))

    def warm_up(self, stage, target, asked):
        def count():
            groups = [group(8, LOOKUP, pools=((DATABASE, name),)) for name in NAMES]
            stage.loader.complete("load", target, groups, transactions=2_000 if target.native else asked.warm_up)
        stage.warm_up(target, "users", count)

    def measure(self, stage, target, cell, asked):
        groups = [group(clients, LOOKUP, name, ((DATABASE, name),)) for name, clients in zip(NAMES, CLIENTS[cell[0]])]
        figures, result = stage.loader.run("load", target, groups, asked.seconds)
        told = result["groups"]
        modest = told[1:]
        return {
            **figures, "least": min(one["tps"] for one in told), "most": max(one["tps"] for one in told),
            **{name: max(one[name] for one in modest) if all(one["transactions"] for one in modest) else None
               for name in ("p50", "p99", "p999")},
            "starved": sum(one["starved"] for one in told), "errors": sum(one["errors"] for one in told),
        }
