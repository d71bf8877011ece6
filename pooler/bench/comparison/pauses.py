"""What the log of a JVM's collector says, with which ours is started: pauses, and how much was allocated between them."""

import re
from dataclasses import dataclass

from . import usage

# The serial collector works on this thread; what else it does are safepoints of some microseconds.
COLLECTOR = "VM Thread"

PAUSE = re.compile(r"^\[([\d.]+)s\].*\bPause .* (\d+)M->(\d+)M\(\d+M\) ([\d.]+)ms$", re.MULTILINE)

# Sizes are told in megabytes: so many collections make the rounding small.
FEWEST = 3


@dataclass(frozen=True)
class Pause:
    """When, megabytes before and after, and how long in ms."""

    seconds: float
    before: int
    after: int
    millis: float


def mark(target):
    """Where the log is now, and what the collector has used; for since()."""
    file = target.gc_log
    return (target, file.stat().st_size, _used(target)) if file and file.exists() else None


def _used(target):
    return sum(usage.thread_micros(pid, COLLECTOR) for pid in target.pids)


def since(marked):
    """How many pauses there were since, the longest and the one that only one in a thousand exceeds in ms by the clock, ms of
    processor time of one on average, and bytes allocated in a second; nothing of a program without a collector."""
    if not marked:
        return {}
    target, offset, used = marked
    with open(target.gc_log) as log:
        log.seek(offset)
        pauses = in_text(log.read())
    millis = sorted(pause.millis for pause in pauses)
    return {
        "pauses": len(pauses), "longest_pause": max(millis, default=0.0),
        "pause_p999": millis[min(len(millis) * 999 // 1000, len(millis) - 1)] if millis else None,
        "pause_cpu": (_used(target) - used) / 1000 / len(pauses) if pauses else None,
        "allocated_per_second": allocated(pauses),
    }


def in_text(log):
    return [Pause(float(seconds), int(before), int(after), float(millis)) for seconds, before, after, millis in PAUSE.findall(log)]


def allocated(pauses):
    """Bytes per second from the first to the last of the pauses; None where they are too few to tell."""
    if len(pauses) < FEWEST or pauses[-1].seconds <= pauses[0].seconds:
        return None
    grown = sum(later.before - earlier.after for earlier, later in zip(pauses, pauses[1:]))
    return grown * (1 << 20) / (pauses[-1].seconds - pauses[0].seconds)
