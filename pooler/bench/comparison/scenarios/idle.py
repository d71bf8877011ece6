"""What idle clients weigh, plain and by TLS, after one query each."""

from dataclasses import replace

from .. import usage
from ..figures import Column
from ..loader import group
from .scenario import Scenario


class Idle(Scenario):
    name = "idle"
    title = "memory of idle clients, each after one query"
    keys = ("kind", "clients")
    columns = (Column("before", "MiB before", ".1f"), Column("rss", "MiB with", ".1f"), Column("each", "KB each", ".2f"),
               Column("ratio", "ratio", ".2f"), Column("total_ratio", "MiB ratio", ".2f"))
    ratios = {"ratio": "each", "total_ratio": "rss"}
    plots = ({"kind": "lines", "x": "clients", "y": "rss", "label": "RSS with idle clients, MiB"},)
    fresh = True

    def __init__(self):
        self.before = {}

    def rounds(self, asked):
        """Memory that clients took is not given back: nobody could see them come a second time."""
        return 1

    def cells(self, asked):
        if asked.quick:
            return (("plain", 300), ("tls", 100))
        return (("plain", 1_000), ("plain", 10_000), ("tls", 1_000), *((("tls", 10_000),) if asked.full else ()))

    def clients(self, cell):
        return cell[1]

    def setting(self, asked, cell):
        return replace(super().setting(asked, cell), tls=cell[0] == "tls")

    def begin(self, stage, targets, asked):
        for target in targets:
            self.before[target.name] = usage.rss_at_rest_mib(target.pids)

    def measure(self, stage, target, cell, asked):
        kind, clients = cell
        before = self.before[target.name]
        with stage.loader.held(target, group(clients, "SELECT 1;"), tls=kind == "tls"):
            rss = usage.rss_at_rest_mib(target.pids)
        return {"before": before, "rss": rss, "each": (rss - before) * 1024 / clients}
