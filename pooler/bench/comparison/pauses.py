"""What the log of a JVM's collector says, with which ours is started: pauses, and how much was allocated between them."""

import re
from dataclasses import dataclass

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
    """Where the log is now; for since()."""
    file = target.gc_log
    return (file, file.stat().st_size) if file and file.exists() else None


def since(marked):
    """How many pauses there were since, the longest in ms, and bytes allocated in a second; nothing of a program without a collector."""
    if not marked:
        return {}
    file, offset = marked
    with open(file) as log:
        log.seek(offset)
        pauses = in_text(log.read())
    return {"pauses": len(pauses), "longest_pause": max((pause.millis for pause in pauses), default=0.0), "allocated_per_second": allocated(pauses)}


def in_text(log):
    return [Pause(float(seconds), int(before), int(after), float(millis)) for seconds, before, after, millis in PAUSE.findall(log)]


def allocated(pauses):
    """Bytes per second from the first to the last of the pauses; None where they are too few to tell."""
    if len(pauses) < FEWEST or pauses[-1].seconds <= pauses[0].seconds:
        return None
    grown = sum(later.before - earlier.after for earlier, later in zip(pauses, pauses[1:]))
    return grown * (1 << 20) / (pauses[-1].seconds - pauses[0].seconds)
