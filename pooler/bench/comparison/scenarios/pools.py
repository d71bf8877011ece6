"""From one pool to two thousand pairs of database and user, with as many clients at work."""

from dataclasses import replace

from ..figures import TRANSACTIONS
from ..loader import LOOKUP, group
from ..setting import DATABASE, USER
from .scenario import Scenario

ACTIVE = 40
DATABASES = 40


class Pools(Scenario):
    name = "pools"
    title = f"{ACTIVE} transactions at once over more and more pools, all with clients"
    keys = ("pools", "clients")
    columns = TRANSACTIONS
    plots = (
        {"kind": "lines", "x": "pools", "y": "cpu", "label": "pooler CPU, us per transaction"},
        {"kind": "lines", "x": "pools", "y": "p99", "label": "p99, ms"},
        {"kind": "lines", "x": "pools", "y": "rss", "label": "RSS, MiB"},
    )
    alone = True

    def cells(self, asked):
        """As many clients with one pool as with all, so that pools are the only thing that grows."""
        steps = (1, 60) if asked.quick else (1, 10, 100, 500, 1_000, 2_000) if asked.full else (1, 100, 2_000)
        return tuple((count, max(steps)) for count in steps)

    def rounds(self, asked):
        return 1 if asked.quick or not asked.full else asked.rounds

    def clients(self, cell):
        """Servers are files of the pooler too."""
        return sum(cell)

    def setting(self, asked, cell):
        count, _ = cell
        return replace(super().setting(asked, cell), servers=max(ACTIVE // count, 1), pools=pairs(count))

    def connections(self, asked):
        """One pooler at a time, of several processes each with a server in each pool."""
        return max(cell[0] for cell in self.cells(asked)) * max(asked.processes) + 2 * ACTIVE

    def warm_up(self, stage, target, asked):
        pass

    def measure(self, stage, target, cell, asked):
        count, clients = cell
        one = group(clients, LOOKUP, pools=pairs(count), workers=ACTIVE, protocol="extended")
        stage.loader.complete("load", target, [one], transactions=2_000 if target.native else asked.warm_up)
        return stage.loader.load(target, one, asked.seconds)


def pairs(count):
    """So many pairs; the first is that of all other scenarios."""
    return ((DATABASE, USER), *((f"db{number % DATABASES}", f"user{number // DATABASES}") for number in range(1, count)))
