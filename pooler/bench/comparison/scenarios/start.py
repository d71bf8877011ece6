"""From exec to the first query that is answered, by a client without and with TLS, and what a pooler weighs then; ours with
and without its AOT cache."""

import ssl
import time
from dataclasses import replace

from .. import usage, wire
from ..builds import rehearsed
from ..failures import Failed, NotPossible
from ..figures import RATIO, Column
from ..poolers.doorman import Doorman
from ..processes import free_port
from ..setting import DATABASE, USER, Setting
from .scenario import Scenario

PATIENCE = 30
SETTLED = 1.0


class Start(Scenario):
    name = "start"
    title = "start: exec to the first query answered"
    keys = ("kind",)
    columns = (
        Column("millis", "first answer ms", ".0f"), Column("millis", "spread", ".0f", spread=True), *RATIO,
        Column("port", "port open ms", ".0f"), Column("cpu", "CPU s", ".2f"), Column("rss", "RSS MiB", ".1f"))
    ratios = {"ratio": "millis"}
    plots = ({"kind": "bars", "x": "kind", "y": "millis", "label": "exec to the first answer, ms"},)

    def cells(self, asked):
        return (("plain",), ("tls",))

    def rounds(self, asked):
        return 1 if asked.quick else max(asked.rounds, 5)

    def setting(self, asked, cell):
        return None

    def begin(self, stage, targets, asked):
        """Nobody else is to run meanwhile."""
        stage.clear()

    def poolers(self, stage):
        """Each of ours in two ways; PgBouncer with many processes starts as one does."""
        found = []
        for pooler in stage.poolers:
            if isinstance(pooler, Doorman):
                found.append(replace(pooler, name=f"{pooler.name}-no-aot", script=pooler.plain))
                found.append(replace(pooler, name=f"{pooler.name}-aot", script=rehearsed(pooler.plain)))
            elif getattr(pooler, "processes", 1) == 1:
                found.append(pooler)
        return found

    def measure(self, stage, target, cell, asked):
        tls = cell == ("tls",)
        setting = Setting(servers=asked.servers, tls=tls)
        if tls:
            stage.scene.certificate()
        port = free_port()
        begin = time.monotonic()
        try:
            child = target.run(stage.scene, setting, stage.postgres.port, port)
        except NotPossible as cannot:
            raise Failed(str(cannot)) from cannot
        try:
            opened, answered = self._first_answer(stage, target, child, port, begin, tls)
            used = usage.used_by([child.pid])
            time.sleep(SETTLED)
            return {"millis": answered * 1000, "port": opened * 1000, "cpu": used.cpu / 1e6, "rss": usage.rss_mib([child.pid])}
        finally:
            stage.scene.stop(child)

    @staticmethod
    def _first_answer(stage, target, child, port, begin, tls):
        """Asks every two milliseconds; the time of the ask that succeeded is in it."""
        opened = None
        while time.monotonic() - begin < PATIENCE and child.poll() is None:
            try:
                with wire.Client(port, DATABASE, USER, PATIENCE, tls) as client:
                    opened = opened or time.monotonic() - begin
                    if client.query("SELECT 1") == ["1"]:
                        return opened, time.monotonic() - begin
            except (ConnectionError, ssl.SSLError, Failed):
                time.sleep(0.002)
        raise Failed(f"{target.name}: no answer in {PATIENCE} s: {stage.scene.told(target.name)}")
