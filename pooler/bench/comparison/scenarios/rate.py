"""Transactions offered at a rate (open loop), at shares of what PgBouncer can do at most."""

from ..figures import TRANSACTIONS, Column
from ..pgbench import Load
from ..poolers import BASE
from .scenario import Scenario

CLIENTS = 40


class Rate(Scenario):
    name = "rate"
    title = "CPU and latency at a fixed rate, 40 clients; latency from the moment a transaction was due"
    keys = ("protocol", "share")
    columns = (Column("offered", "offered", ".0f"), *TRANSACTIONS)
    plots = (
        {"kind": "lines", "x": "share", "y": "cpu", "label": "pooler CPU, us per transaction"},
        {"kind": "lines", "x": "share", "y": "p99", "label": "p99, ms"},
        {"kind": "lines", "x": "share", "y": "p999", "label": "p99.9, ms"},
    )

    def __init__(self):
        self.top = {}

    def cells(self, asked):
        protocols = asked.protocols or (("simple", "extended", "prepared") if asked.full else ("simple",))
        if asked.quick:
            return (("simple", "50%"),)
        return tuple((protocol, share) for protocol in protocols for share in ("25%", "50%", "80%"))

    def begin(self, stage, targets, asked):
        """What PgBouncer can do: the same rate for all poolers."""
        base = next(target for target in targets if target.name == BASE)
        for protocol in dict.fromkeys(protocol for protocol, _ in self.cells(asked)):
            self.top[protocol] = stage.pgbench.run(base, Load(protocol, CLIENTS), asked.seconds)["tps"]

    def measure(self, stage, target, cell, asked):
        load = self._load(cell)
        return {"offered": load.rate, **stage.pgbench.run(target, load, asked.seconds)}

    def count(self, stage, target, cell, asked):
        load = self._load(cell)
        # Logins are counted too, and a rate makes them few only in time.
        transactions = max(min(asked.counted, load.rate * 2), CLIENTS)
        return stage.calls_per(target, lambda: stage.pgbench.count(target, load, transactions))

    def _load(self, cell):
        protocol, share = cell
        return Load(protocol, CLIENTS, rate=max(int(self.top[protocol] * int(share[:-1]) / 100), 1))
