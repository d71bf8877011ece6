"""The columns of tables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A figure with its title and format; of a text "low-high" the format is that of both numbers."""

    figure: str
    title: str
    form: str
    spread: bool = False

    def text(self, row):
        if self.spread:
            low, high = row.get(f"{self.figure}_low"), row.get(f"{self.figure}_high")
            return "-" if low is None else f"{low:{self.form}}-{high:{self.form}}"
        value = row.get(self.figure)
        return "-" if value is None else f"{value:{self.form}}"


RATIO = (Column("ratio", "ratio", ".2f"), Column("ratio", "spread", ".2f", spread=True))

PAUSES = (Column("pauses", "pauses", ".0f"), Column("pause_p999", "p99.9 ms", ".1f"), Column("pause_cpu", "CPU ms", ".2f"))

LATENCY = (Column("p50", "p50 ms", ".3f"), Column("p99", "p99 ms", ".3f"), Column("p999", "p99.9 ms", ".3f"))

TRANSACTIONS = (
    Column("cpu", "us/tx", ".1f"), Column("user", "user", ".1f"), Column("system", "system", ".1f"),
    Column("cpu", "spread", ".1f", spread=True), *RATIO, Column("tps", "tps", ".0f"), *LATENCY,
    Column("rss", "RSS MiB", ".0f"), Column("switches", "switches/tx", ".2f"), Column("calls", "calls/tx", ".1f"),
    Column("allocated", "heap B/tx", ".0f"),
    *PAUSES, Column("postgres", "pg us/tx", ".1f"), Column("sum_ratio", "sum ratio", ".2f"),
)
