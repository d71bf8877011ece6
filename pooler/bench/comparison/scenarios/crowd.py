"""A hundred active clients beside ten thousand that are idle, at a fixed rate."""

from contextlib import nullcontext

from ..figures import TRANSACTIONS
from ..loader import group
from ..pgbench import Load
from .scenario import Scenario


class Crowd(Scenario):
    name = "crowd"
    title = "100 clients with 2,000 transactions a second, beside idle ones"
    keys = ("idle", "protocol")
    columns = TRANSACTIONS
    plots = (
        {"kind": "lines", "x": "idle", "y": "cpu", "label": "pooler CPU, us per transaction"},
        {"kind": "lines", "x": "idle", "y": "p99", "label": "p99, ms"},
    )

    def cells(self, asked):
        if asked.quick:
            return ((500, "simple"),)
        protocols = ("simple", "prepared") if asked.full else ("simple",)
        return tuple((idle, protocol) for protocol in protocols for idle in (0, 10_000))

    def clients(self, cell):
        return cell[0] + 100

    def measure(self, stage, target, cell, asked):
        idle, protocol = cell
        with stage.loader.held(target, group(idle, "SELECT 1;")) if idle else nullcontext():
            return stage.pgbench.run(target, Load(protocol, 100, rate=500 if asked.quick else 2_000), asked.seconds)
