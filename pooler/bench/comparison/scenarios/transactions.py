"""What a transaction costs: queries, protocols, and clients from one to ten thousand, as fast as they go."""

from ..figures import TRANSACTIONS
from ..loader import LOOKUP, group
from ..pgbench import Load
from .scenario import Scenario

# pgbench looks through all its clients whenever one of them has an answer: beyond these its own cost is what is seen.
PGBENCH_CLIENTS = 1_000

USUAL = (("S", "simple", 1), ("S", "simple", 40), ("S", "simple", 200), ("S", "extended", 40), ("S", "prepared", 40))
QUICK = (("S", "prepared", 40), ("1", "simple", 1_500))


class Transactions(Scenario):
    name = "transactions"
    title = "CPU per transaction, closed loop"
    keys = ("query", "protocol", "clients")
    columns = TRANSACTIONS
    plots = (
        {"kind": "lines", "x": "clients", "y": "cpu", "label": "pooler CPU, us per transaction"},
        {"kind": "lines", "x": "clients", "y": "p99", "label": "p99, ms", "log": True},
        {"kind": "lines", "x": "clients", "y": "tps", "label": "transactions per second"},
    )

    def cells(self, asked):
        if not (asked.queries or asked.protocols or asked.clients or asked.full):
            return QUICK if asked.quick else USUAL
        queries = asked.queries or (("S", "1") if asked.full else ("S",))
        protocols = asked.protocols or ("simple", "extended", "prepared")
        clients = asked.clients or ((1, 10, 40, 200, 1_000, 10_000) if asked.full else (1, 40, 200))
        return tuple((query, protocol, count) for query in queries for protocol in protocols for count in clients)

    def clients(self, cell):
        return cell[2]

    def measure(self, stage, target, cell, asked):
        query, protocol, clients = cell
        if clients > PGBENCH_CLIENTS:
            # One transaction of ten thousand clients over forty servers takes a second.
            return stage.loader.load(target, _group(cell), asked.seconds + (0 if asked.quick else 4))
        return stage.pgbench.run(target, Load(protocol, clients, query), asked.seconds)

    def count(self, stage, target, cell, asked):
        query, protocol, clients = cell
        # Logins are counted too: there have to be many more transactions.
        transactions = max(asked.counted, 50 * clients)
        if clients > PGBENCH_CLIENTS:
            return None
        return stage.calls_per(target, lambda: stage.pgbench.count(target, Load(protocol, clients, query), transactions))


def _group(cell):
    query, protocol, clients = cell
    return group(clients, LOOKUP if query == "S" else "SELECT 1;", protocol=protocol)
