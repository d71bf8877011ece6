"""PostgreSQL, the poolers of the setting that is wanted, and the programs that load them."""

from . import calls
from .failures import Failed, NotPossible
from .loader import Loader
from .pgbench import Pgbench
from .poolers import BASE
from .postgres import Postgres
from .setting import USER


class Stage:
    """Poolers are started for a setting and run until another one is wanted."""

    def __init__(self, scene, poolers, programs, asked, max_connections):
        self.scene = scene
        self.poolers = poolers
        self.asked = asked
        self.postgres = Postgres(scene, programs["postgres"], max_connections)
        self.pgbench = Pgbench(programs["pgbench"], scene.folder, self.postgres.pid)
        self.loader = Loader(programs["load"], scene.folder, self.postgres.pid)
        self.counter = calls.counter(scene.folder) if asked.calls else None
        self.pgbench.fill(self.postgres.port)
        self._setting = None
        self._targets = []
        self.failures = []
        """what was no measurement: poolers that did not come up"""
        self._warm = set()

    def targets(self, setting, fresh=False, only=None):
        """All poolers that can be set up so, or only the one of that name."""
        wanted = (setting, only)
        if fresh or wanted != self._setting:
            self.clear()
            new = [user for user in setting.users if user != USER]
            if new:
                self.postgres.roles(new)
            self._targets = [target for pooler in self.poolers if only in (None, pooler.name)
                             for target in self._started(pooler, setting)]
            self._setting = wanted
        return self._targets

    def _started(self, pooler, setting):
        try:
            return [pooler.start(self.scene, setting, self.postgres.port)]
        except NotPossible as cannot:
            print(cannot, flush=True)
            return []
        except Failed as problem:
            if pooler.name == BASE:
                raise
            self.failures.append(str(problem))
            print(f"FAILED {problem}", flush=True)
            return []

    def clear(self):
        for target in self._targets:
            for child in target.children:
                self.scene.stop(child)
        self._targets = []
        self._setting = None
        self._warm.clear()

    def warm_up(self, target, kind, action):
        """Once for each kind of load, as long as the pooler runs."""
        if (target.name, kind) not in self._warm:
            action()
            self._warm.add((target.name, kind))

    def calls_per(self, target, action):
        """System calls of the pooler per what the action says that it did; None where they cannot be counted."""
        if not self.counter:
            return None
        with self.counter(target.pids) as count:
            done = action()
        return count.calls / done
