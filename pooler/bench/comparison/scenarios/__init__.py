"""The scenarios, in the order in which they are played when all are asked for."""

from .bulk import Bulk
from .crowd import Crowd
from .idle import Idle
from .logins import Logins
from .pools import Pools
from .prepared import Prepared
from .rate import Rate
from .slow import Slow
from .start import Start
from .storm import Storm
from .tls import Tls
from .transactions import Transactions
from .users import Users

# Those that need the same poolers stand side by side: these then run on.
ALL = {scenario.name: scenario for scenario in (
    Start(), Idle(), Transactions(), Rate(), Bulk(), Slow(), Crowd(), Tls(), Logins(), Storm(), Prepared(), Users(), Pools(),
)}

USUAL = ("start", "idle", "transactions", "rate", "logins")


def connections(asked, poolers):
    """max_connections of PostgreSQL: all poolers with their servers, and more for scenarios that say so."""
    return 20 + max([asked.servers * 2 * poolers, *(ALL[name].connections(asked) for name in asked.scenarios)])
