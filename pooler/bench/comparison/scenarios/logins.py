"""What a login costs: clients that connect, prove who they are, ask nothing, and leave."""

from dataclasses import replace

from .. import pauses, usage
from ..failures import Failed
from ..figures import LATENCY, RATIO, Column
from ..loader import group
from .scenario import Scenario

KINDS = {"trust": ("trust", False), "scram": ("scram", False), "tls+trust": ("trust", True), "tls+scram": ("scram", True)}
PARALLEL = 4
NATIVE_WARM_UP = 100


class Logins(Scenario):
    name = "logins"
    title = "CPU per login, four at a time"
    keys = ("login",)
    columns = (Column("cpu", "CPU ms", ".3f"), Column("cpu", "spread", ".3f", spread=True), *RATIO, Column("rate", "logins/s", ".0f"),
               *LATENCY, Column("calls", "calls/login", ".0f"), Column("compilers", "JIT ms", ".3f"))
    ratios = {"ratio": "cpu"}
    plots = ({"kind": "bars", "x": "login", "y": "cpu", "label": "pooler CPU, ms per login"},)

    def cells(self, asked):
        return tuple((kind,) for kind in (KINDS if asked.full else ("scram", "tls+scram")))

    def setting(self, asked, cell):
        return replace(super().setting(asked, cell), login=KINDS[cell[0]][0], tls=True)

    def warm_up(self, stage, target, asked):
        """A login makes a JVM compile more than a transaction does, of which it takes fewer."""
        def all_kinds():
            for kind in KINDS:
                if kind in [cell[0] for cell in self.cells(asked)]:
                    self._enter(stage, target, kind, NATIVE_WARM_UP if target.native else asked.warm_up // 20)
        stage.warm_up(target, "logins", all_kinds)

    def measure(self, stage, target, cell, asked):
        garbage = pauses.mark(target)
        before = usage.used_by(target.pids)
        result = self._enter(stage, target, cell[0], logins(asked))
        used = usage.used_by(target.pids) - before
        count = result["logins"]
        return {
            "cpu": used.cpu / count / 1000, "compilers": used.compilers / count / 1000, "rate": count / result["seconds"],
            **{name: result[name] for name in ("p50", "p99")}, **pauses.since(garbage),
        }

    def count(self, stage, target, cell, asked):
        return stage.calls_per(target, lambda: self._enter(stage, target, cell[0], logins(asked) // 4)["logins"])

    @staticmethod
    def _enter(stage, target, kind, count):
        login, tls = KINDS[kind]
        result = stage.loader.complete("storm", target, [group(count)], tls=tls, parallel=PARALLEL)
        if result["errors"]:
            raise Failed(f"{target.name}: {result['errors']} of {count} logins failed, the first: {result['firstError']}")
        return result


def logins(asked):
    return 40 if asked.quick else 1_000
