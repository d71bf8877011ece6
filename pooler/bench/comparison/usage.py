"""What processes have used: CPU, memory, context switches, from /proc."""

import os
import re
import time
from dataclasses import dataclass, fields
from pathlib import Path

QUIET_SECONDS = 11
"""longer than two turns of the JVM (5 s each): one frees what compilers no longer need, the next gives it back"""

NOTHING_MIB = 0.5
"""what goes and comes with a timer"""

TICK_MICROS = 1_000_000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU in microseconds; compilers is the part of a JVM's compiler threads."""

    user: float = 0.0
    system: float = 0.0
    compilers: float = 0.0
    switches: int = 0

    def __add__(self, other):
        return Usage(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __sub__(self, other):
        return Usage(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))

    @property
    def cpu(self):
        return self.user + self.system


def family(pids):
    """Processes and all that descend from them."""
    found = []
    left = list(pids)
    while left:
        pid = left.pop()
        found.append(pid)
        left += children(pid)
    return found


def children(pid):
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except FileNotFoundError:
        pass
    return found


def used_by(pids):
    """The sum over processes and their descendants, with all their threads, those that ended too (not their switches)."""
    return sum((_of_process(pid) for pid in family(pids)), Usage())


def used_by_children(pid):
    """CPU of each living child of a process: of PostgreSQL its backends.

    They have one thread each, so that the scheduler's nanoseconds tell all; two thousand that share the work would each stay
    below a tick of the clock.
    """
    used = {}
    for child in children(pid):
        try:
            used[child] = int(Path(f"/proc/{child}/schedstat").read_text().split()[0]) / 1000
        except (FileNotFoundError, ProcessLookupError):
            pass
    return used


def thread_micros(pid, name):
    """Processor time of the threads of that name, by the scheduler's nanoseconds."""
    used = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            if (task / "comm").read_text().rstrip("\n") == name:
                used += int((task / "schedstat").read_text().split()[0]) / 1000
        except (FileNotFoundError, ProcessLookupError):
            pass
    return used


def grown(before, after):
    """The sum of what those have used who are still there; they may have come in between."""
    return sum(used - before.get(pid, 0.0) for pid, used in after.items())


def rss_mib(pids):
    return sum(_memory(pid, "VmRSS") for pid in family(pids)) / 1024


def rss_at_rest_mib(pids):
    """Of processes that have nothing to do: what compilers and allocators took for the moment goes back in seconds."""
    return at_rest(lambda: rss_mib(pids))


def at_rest(read, clock=time.monotonic, sleep=time.sleep):
    """The least that was read, once nothing has gone back for a while."""
    least, since = read(), clock()
    while clock() - since < QUIET_SECONDS:
        sleep(0.5)
        now = read()
        if now < least - NOTHING_MIB:
            since = clock()
        least = min(least, now)
    return least


def _of_process(pid):
    try:
        user, system = _times(f"/proc/{pid}/stat")
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return Usage()
    compilers, switches = 0.0, 0
    for task in tasks:
        try:
            if is_compiler((task / "comm").read_text()):
                compilers += sum(_times(task / "stat"))
            switches += switches_in((task / "status").read_text())
        except (FileNotFoundError, ProcessLookupError):
            pass
    return Usage(user, system, compilers, switches)


def _times(stat_file):
    return times_in(Path(stat_file).read_text())


def times_in(stat):
    """User and system time in microseconds; the name in parentheses may have spaces."""
    fields_after_name = stat.rpartition(")")[2].split()
    return int(fields_after_name[11]) * TICK_MICROS, int(fields_after_name[12]) * TICK_MICROS


def switches_in(status):
    return sum(int(count) for count in re.findall(r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE))


def is_compiler(thread):
    return re.match(r"C[12] Compiler", thread) is not None


def _memory(pid, name):
    try:
        found = re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    except (FileNotFoundError, ProcessLookupError):
        return 0
