"""Clients that read large results slowly: what the pooler keeps for them, and what the others feel."""

from .. import usage
from ..figures import Column
from ..loader import group
from ..pgbench import Load
from .scenario import Scenario

BYTES_PER_SECOND = 64_000
ENDLESS = "SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"
SERVED = Load("simple", 10, rate=500)


class Slow(Scenario):
    name = "slow"
    title = "readers of 64 KB/s of results without end, beside 10 clients with 500 transactions a second"
    keys = ("readers",)
    columns = (
        Column("before", "MiB before", ".1f"), Column("rss", "MiB with", ".1f"), Column("each", "KB each", ".1f"),
        Column("p99_alone", "p99 ms alone", ".2f"), Column("p99", "p99 ms beside", ".2f"), Column("p99_ratio", "ratio", ".2f"),
        Column("cpu", "us/tx", ".1f"), Column("ratio", "ratio", ".2f"))
    ratios = {"ratio": "cpu", "p99_ratio": "p99"}
    plots = ({"kind": "bars", "x": "readers", "y": "rss", "label": "RSS with slow readers, MiB"},)

    def cells(self, asked):
        return ((5,),) if asked.quick else ((20,), (30,)) if asked.full else ((20,),)

    def measure(self, stage, target, cell, asked):
        alone = stage.pgbench.run(target, SERVED, asked.seconds)
        before = usage.rss_mib(target.pids)
        readers = group(cell[0], ENDLESS, bytesPerSecond=BYTES_PER_SECOND)
        with stage.loader.going_on("stream", target, [readers], seconds=600):
            beside = stage.pgbench.run(target, SERVED, asked.seconds)
        return {**beside, "before": before, "each": (beside["rss"] - before) * 1024 / cell[0], "p99_alone": alone["p99"]}
