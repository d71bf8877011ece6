"""What a JVM holds: memory by where it comes from, and classes by where they were found."""

import re
from pathlib import Path

# As the JVM's log of classes names its cache.
CACHE = "shared objects file"


def memory(pid):
    """MiB of its own, and MiB of files, which the kernel may share and drop."""
    return memory_in(Path(f"/proc/{pid}/smaps_rollup").read_text())


def memory_in(rollup):
    told = {name: int(kilobytes) / 1024 for name, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", rollup, re.MULTILINE)}
    return {"anonymous": told["Anonymous"], "files": told["Rss"] - told["Anonymous"]}


def classes(log):
    """How many were loaded, and how many of them were not in the cache; from -Xlog:class+load."""
    sources = re.findall(r" source: (.*)$", log, re.MULTILINE)
    return {"classes": len(sources), "classes-not-in-cache": sum(CACHE not in source for source in sources)}
