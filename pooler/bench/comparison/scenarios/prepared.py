"""A thousand clients with a hundred prepared statements each, and servers that keep fewer."""

from dataclasses import replace

from ..figures import TRANSACTIONS
from ..loader import group
from .scenario import Scenario

KEPT = 200
# The text has to be another one for each number, and the answer one row.
TEXT = "SELECT abalance FROM pgbench_accounts WHERE aid = $1 AND bid <> -%d"


class Prepared(Scenario):
    name = "prepared"
    title = f"clients with 100 prepared statements each, {KEPT} kept on a server"
    keys = ("clients", "texts")
    columns = TRANSACTIONS
    plots = (
        {"kind": "bars", "x": "texts", "y": "sum", "label": "CPU of pooler and backends, us per transaction"},
        {"kind": "bars", "x": "texts", "y": "rss", "label": "RSS, MiB"},
    )

    def cells(self, asked):
        """Of many texts each client has some, so that clients share them; or all have their own."""
        return ((50, 1_000),) if asked.quick else ((1_000, 1_000), (1_000, 100_000))

    def clients(self, cell):
        return cell[0]

    def setting(self, asked, cell):
        return replace(super().setting(asked, cell), statements=KEPT)

    def measure(self, stage, target, cell, asked):
        clients, texts = cell
        one = group(clients, TEXT, protocol="prepared", statements=100, texts=texts)
        return stage.loader.load(target, one, asked.seconds)
