"""Pauses of a JVM's collector, from the log that ours is started with."""

import re

PAUSE = re.compile(r"\bPause .* ([\d.]+)ms$", re.MULTILINE)


def mark(target):
    """Where the log is now; for since()."""
    file = target.gc_log
    return (file, file.stat().st_size) if file and file.exists() else None


def since(marked):
    """How many pauses there were since, and the longest in ms; nothing of a program without a collector."""
    if not marked:
        return {}
    file, offset = marked
    with open(file) as log:
        log.seek(offset)
        lengths = in_text(log.read())
    return {"pauses": len(lengths), "longest_pause": max(lengths, default=0.0)}


def in_text(log):
    return [float(length) for length in PAUSE.findall(log)]
