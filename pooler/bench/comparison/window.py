"""A run of a load program, and what pooler and PostgreSQL spent between its first and its last progress line."""

import re
import subprocess
import time
from dataclasses import dataclass

from . import pauses, usage
from .failures import Failed
from .processes import end, spawn

PROGRESS = re.compile(r"^progress: ([\d.]+) s, ([\d.]+) tps")


@dataclass(frozen=True)
class Point:
    """A progress line and what had been used when it came."""

    seconds: float
    rate: float
    wall: float
    pooler: usage.Usage
    backends: dict


@dataclass(frozen=True)
class Ran:
    """All that the program wrote, the figures of the window, and when it began and ended by the clock."""

    lines: list
    figures: dict
    begin: float
    end: float


def run(command, target, postgres_pid, **options):
    """Logins and the end of the run do not count: they are outside of the window."""
    garbage = pauses.mark(target)
    child = spawn(command, subprocess.PIPE, text=True, **options)
    lines, points = [], []
    try:
        for line in child.stdout:
            lines.append(line)
            found = PROGRESS.match(line)
            if found:
                points.append(Point(float(found[1]), float(found[2]), time.time(),
                                    usage.used_by(target.pids), usage.used_by_children(postgres_pid)))
        child.wait()
    finally:
        end(child)
    if child.returncode != 0 or len(points) < 2:
        raise Failed(f"{target.name}: {''.join(lines)[-1500:]}")
    figures = {**figures_of(points), "rss": usage.rss_mib(target.pids), **pauses.since(garbage)}
    if figures.get("allocated_per_second") is not None:
        figures["allocated"] = figures["allocated_per_second"] / figures["tps"]
    return Ran(lines, figures, points[0].wall, points[-1].wall)


def figures_of(points):
    """Per transaction, or per whatever unit the program counts."""
    done = sum((b.seconds - a.seconds) * b.rate for a, b in zip(points, points[1:]))
    if done <= 0:
        raise Failed("nothing was done between the first and the last progress line")
    used = points[-1].pooler - points[0].pooler
    backends = usage.grown(points[0].backends, points[-1].backends)
    return {
        "tps": done / (points[-1].seconds - points[0].seconds),
        "user": used.user / done,
        "system": used.system / done,
        "cpu": used.cpu / done,
        "compilers": used.compilers / done,
        "switches": used.switches / done,
        "postgres": backends / done,
        "sum": (used.cpu + backends) / done,
    }
