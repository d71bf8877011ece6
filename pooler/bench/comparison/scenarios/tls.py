"""Transactions of clients that came by TLS."""

from dataclasses import replace

from ..figures import TRANSACTIONS
from ..pgbench import Load
from .scenario import NATIVE_WARM_UP, Scenario

CLIENTS = 40


class Tls(Scenario):
    name = "tls"
    title = "CPU per transaction over TLS, 40 clients"
    keys = ("protocol", "clients")
    columns = TRANSACTIONS
    plots = ({"kind": "bars", "x": "protocol", "y": "cpu", "label": "pooler CPU, us per transaction over TLS"},)

    def cells(self, asked):
        protocols = ("simple",) if asked.quick else asked.protocols or ("simple", "extended", "prepared")
        return tuple((protocol, CLIENTS) for protocol in protocols)

    def setting(self, asked, cell):
        return replace(super().setting(asked, cell), tls=True)

    def warm_up(self, stage, target, asked):
        def all_protocols():
            for protocol in dict.fromkeys(protocol for protocol, _ in self.cells(asked)):
                transactions = NATIVE_WARM_UP if target.native else asked.warm_up
                stage.pgbench.count(target, Load(protocol, CLIENTS, tls=True), transactions)
        stage.warm_up(target, "tls", all_protocols)

    def measure(self, stage, target, cell, asked):
        return stage.pgbench.run(target, self._load(cell), asked.seconds)

    def count(self, stage, target, cell, asked):
        return stage.calls_per(target, lambda: stage.pgbench.count(target, self._load(cell), asked.counted))

    @staticmethod
    def _load(cell):
        protocol, clients = cell
        return Load(protocol, clients, tls=True)
