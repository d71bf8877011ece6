"""The kinds of poolers: each starts one by a setting."""

from dataclasses import dataclass
from pathlib import Path
from typing import Optional

BASE = "pgbouncer"


@dataclass(frozen=True)
class Target:
    """A pooler that runs."""

    name: str
    children: tuple
    port: int
    native: bool = True
    gc_log: Optional[Path] = None

    @property
    def pids(self):
        return [child.pid for child in self.children]
