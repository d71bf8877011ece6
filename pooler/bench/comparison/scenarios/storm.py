"""Two thousand clients that all connect at once, and what those feel who are being served."""

import threading
import time
from dataclasses import replace

from .. import stats, usage
from ..failures import Failed
from ..figures import PAUSES, Column
from ..loader import group
from ..pgbench import Load
from .scenario import Scenario

SERVED = Load("prepared", 20, rate=1_000)
BEFORE = 3
# How long those who are served go on: a storm has to be over by then.
GOING_ON = {"scram": 8, "tls+scram": 25}


class Storm(Scenario):
    name = "storm"
    title = "logins of many clients at once, beside 20 who are served 1,000 transactions a second"
    keys = ("login", "clients")
    columns = (
        Column("p99_before", "p99 ms before", ".2f"), Column("p99", "during", ".2f"), Column("times", "times", ".1f"),
        Column("ratio", "ratio", ".2f"), Column("worst", "worst ms", ".1f"), Column("storm", "all in after s", ".2f"),
        Column("storm", "spread", ".2f", spread=True), Column("login_p99", "login p99 ms", ".0f"),
        Column("failed", "failed", ".0f"), Column("cpu", "CPU ms/login", ".3f"), Column("rss", "RSS MiB", ".0f"), *PAUSES)
    ratios = {"ratio": "p99", "storm_ratio": "storm"}
    plots = ({"kind": "bars", "x": "login", "y": "p99", "label": "p99 of the served during a storm of logins, ms"},)

    def cells(self, asked):
        crowds = (200,) if asked.quick else (2_000, *((10_000,) if asked.full else ()))
        return tuple((kind, clients) for clients in crowds for kind in (("scram",) if asked.quick else GOING_ON))

    def clients(self, cell):
        return cell[1]

    def setting(self, asked, cell):
        return replace(super().setting(asked, cell), login="scram", tls=True)

    def warm_up(self, stage, target, asked):
        super().warm_up(stage, target, asked)

        def logins():
            for kind, _ in self.cells(asked):
                self._storm(stage, target, kind, 200 if target.native else asked.warm_up // 30)
        stage.warm_up(target, "storm", logins)

    def measure(self, stage, target, cell, asked):
        kind, clients = cell
        seconds = BEFORE + (4 if asked.quick else GOING_ON[kind] * clients // 2_000)
        served = {}

        def serve():
            try:
                served["run"], served["sample"] = stage.pgbench.watch(target, SERVED, seconds)
            except Failed as problem:
                served["problem"] = problem
        server = threading.Thread(target=serve)
        server.start()
        time.sleep(BEFORE)
        before = usage.used_by(target.pids)
        begin = time.time()
        try:
            result = self._storm(stage, target, kind, clients)
            end = time.time()
            used = usage.used_by(target.pids) - before
        finally:
            server.join()
        if "problem" in served:
            raise served["problem"]
        return {
            **felt(served["sample"], served["run"].begin, begin, end), "storm": result["seconds"], "login_p99": result["p99"],
            "failed": result["errors"], "cpu": used.cpu / clients / 1000,
            **{name: served["run"].figures.get(name) for name in ("rss", "pauses", "longest_pause", "pause_p999", "pause_cpu")},
        }

    @staticmethod
    def _storm(stage, target, kind, clients):
        """All at once, each with a query, and nobody leaves before all are in."""
        return stage.loader.complete("storm", target, [group(clients, "SELECT 1;")], tls=kind.startswith("tls"), parallel=clients, stay=True)


def felt(sample, first, begin, end):
    """Latencies before and during, from transactions by when they ended; those that began in the storm may end behind it."""
    before = stats.latencies([one.millis for one in sample if first <= one.end < begin])
    inside = [one.millis for one in sample if one.end >= begin and one.end - one.millis / 1000 < end]
    during = stats.latencies(inside)
    if before["p99"] is None or during["p99"] is None:
        # Too short for a percentile: the worst is what there is.
        during["p99"] = max(inside, default=None)
    times = during["p99"] / before["p99"] if before["p99"] and during["p99"] else None
    return {"p99_before": before["p99"], "p99": during["p99"], "times": times, "worst": max(inside, default=None)}
