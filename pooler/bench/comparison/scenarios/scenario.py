"""What a scenario has to say of itself; the runner does the rest."""

from ..pgbench import Load
from ..setting import Setting

# How many transactions of each protocol a program has before it counts that has no JVM.
NATIVE_WARM_UP = 2_000


class Scenario:
    """A cell is a tuple with a value for each key."""

    name = ""
    title = ""
    keys = ()
    columns = ()
    ratios = {"ratio": "cpu", "sum_ratio": "sum"}
    """ratios to PgBouncer that are told, each with its figure"""
    plots = ()
    fresh = False
    """whether the poolers have to be new ones"""
    alone = False
    """whether only one pooler runs at a time"""

    def cells(self, asked):
        raise NotImplementedError

    def clients(self, cell):
        """Most clients at once: each is a file in the pooler and in the load."""
        return 0

    def rounds(self, asked):
        return asked.rounds

    def setting(self, asked, cell):
        """None for a scenario that starts poolers itself; it measures poolers instead of targets."""
        return Setting(servers=asked.servers)

    def connections(self, asked):
        """Most connections to PostgreSQL of all poolers together, if more than usual."""
        return 0

    def poolers(self, stage):
        return stage.poolers

    def warm_up(self, stage, target, asked):
        """So much that a JVM has compiled what it will run."""
        def all_protocols():
            for protocol in ("simple", "extended", "prepared"):
                stage.pgbench.count(target, Load(protocol, asked.servers), NATIVE_WARM_UP if target.native else asked.warm_up)
        stage.warm_up(target, "transactions", all_protocols)

    def begin(self, stage, targets, asked):
        """What has to be known or made before the first round."""

    def measure(self, stage, target, cell, asked):
        """The figures of a cell."""
        raise NotImplementedError

    def count(self, stage, target, cell, asked):
        """System calls per transaction, in a run of its own; None if nobody wants to know."""
        return None
