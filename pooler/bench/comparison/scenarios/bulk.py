"""Bulk data: COPY in and out, narrow and wide rows, rows of a megabyte."""

from ..failures import Failed
from ..figures import RATIO, Column
from ..loader import group
from .scenario import Scenario

CLIENTS = 4
COPY_BYTES = 16_000_000

KINDS = {
    "copy out": {"text": "COPY bench_lines TO STDOUT"},
    "copy in": {"text": "COPY bench_lines FROM STDIN WHERE false", "copyBytes": COPY_BYTES},
    "narrow rows": {"text": "SELECT aid, bid FROM pgbench_accounts"},
    "wide rows": {"text": "SELECT repeat('x', 1000) FROM generate_series(1, 20000)"},
    "1 MB rows": {"text": "SELECT repeat('x', 1000000) FROM generate_series(1, 50)"},
}


class Bulk(Scenario):
    name = "bulk"
    title = "bulk data, four clients"
    keys = ("data",)
    columns = (
        Column("cpu", "CPU s/GB", ".3f"), Column("user", "user", ".3f"), Column("system", "system", ".3f"),
        Column("cpu", "spread", ".3f", spread=True), *RATIO, Column("gigabytes", "GB/s", ".2f"), Column("calls", "calls/GB", ".0f"),
        Column("switches", "switches/GB", ".0f"), Column("rss", "RSS MiB", ".0f"), Column("postgres", "pg s/GB", ".2f"),
        Column("sum_ratio", "sum ratio", ".2f"))
    plots = (
        {"kind": "bars", "x": "data", "y": "cpu", "label": "pooler CPU, s per GB"},
        {"kind": "bars", "x": "data", "y": "gigabytes", "label": "GB per second"},
    )

    def cells(self, asked):
        return tuple((kind,) for kind in (("copy in",) if asked.quick else KINDS))

    def begin(self, stage, targets, asked):
        stage.postgres.execute(
            "CREATE UNLOGGED TABLE IF NOT EXISTS bench_lines (line text);"
            "TRUNCATE bench_lines;"
            "INSERT INTO bench_lines SELECT repeat('x', 99) FROM generate_series(1, 200000);")
        for target in targets:
            if not target.native:
                stage.warm_up(target, "bulk", lambda target=target: self._all_kinds(stage, target, asked))

    def _all_kinds(self, stage, target, asked):
        for cell in self.cells(asked):
            self._run(stage, target, cell, 3)

    def measure(self, stage, target, cell, asked):
        figures, _ = self._run(stage, target, cell, asked.seconds)
        per_gigabyte = {name: figures[name] / 1000 for name in ("cpu", "user", "system", "compilers", "postgres", "sum")}
        return {**figures, **per_gigabyte, "gigabytes": figures["tps"] / 1000, "switches": figures["switches"] * 1000}

    def count(self, stage, target, cell, asked):
        return stage.calls_per(target, lambda: self._run(stage, target, cell, 3)[1]["all"] / 1000)

    @staticmethod
    def _run(stage, target, cell, seconds):
        """The unit of the stream's figures is a megabyte."""
        figures, result = stage.loader.run("stream", target, [group(CLIENTS, **KINDS[cell[0]])], seconds)
        if result["errors"]:
            raise Failed(f"{target.name}: {result['errors']} errors, the first: {result['firstError']}")
        return figures, result
