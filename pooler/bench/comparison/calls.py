"""Counts system calls of processes, in runs of their own that are never timed: by perf, else by strace."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from . import usage
from .failures import Failed

EVENT = "raw_syscalls:sys_enter"
EVENTS = f"{EVENT},syscalls:sys_enter_epoll_*wait*,syscalls:sys_enter_epoll_ctl"
PATIENCE = 20


@dataclass
class Count:
    """What was counted, once the block has ended: all calls, and of them those that wait for events, and those that say which."""

    calls: int = 0
    waits: int = 0
    registrations: int = 0

    def __sub__(self, other):
        return Count(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))


def counter(folder):
    """How to count here: a context manager of pids, or None where neither program may."""
    if shutil.which("perf"):
        tried = subprocess.run(["perf", "stat", "-x,", "-e", EVENTS, "--", "true"], capture_output=True, text=True)
        if tried.returncode == 0 and by_events(tried.stderr):
            return lambda pids: by_perf(pids, folder)
    if shutil.which("strace"):
        tried = subprocess.run(["strace", "-f", "-c", "-o", os.devnull, "true"], capture_output=True)
        if tried.returncode == 0:
            return lambda pids: by_strace(pids, folder)
    return None


@contextmanager
def by_perf(pids, folder):
    """Counts from the moment the block begins: perf says when it has begun."""
    pipes = [folder / name for name in ("perf.control", "perf.said")]
    for pipe in pipes:
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
    told = folder / "perf.told"
    # Opened for both ways, so that nobody waits for the other to open it.
    control, said = (os.open(pipe, os.O_RDWR) for pipe in pipes)
    child = subprocess.Popen(
        ["perf", "stat", "-x,", "-e", EVENTS, "-o", str(told), "-D", "-1", f"--control=fifo:{pipes[0]},{pipes[1]}",
         "-p", ",".join(map(str, usage.family(pids)))], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    count = Count()
    try:
        _order(control, said, b"enable\n", child)
        yield count
        _order(control, said, b"disable\n", child)
    finally:
        _interrupt(child)
        os.close(control)
        os.close(said)
    found = by_events(told.read_text())
    if not found:
        raise Failed(f"perf stat told no count: {told.read_text()[-500:]}")
    vars(count).update(vars(found))


def _order(control, said, order, child):
    os.write(control, order)
    deadline = time.monotonic() + PATIENCE
    os.set_blocking(said, False)
    answer = b""
    while b"ack" not in answer:
        if child.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"perf stat did not answer to {order.decode().strip()}")
        try:
            answer += os.read(said, 64)
        except BlockingIOError:
            time.sleep(0.01)


@contextmanager
def by_strace(pids, folder):
    """Counts from the moment in which all threads are traced."""
    told = folder / "strace.told"
    family = usage.family(pids)
    child = subprocess.Popen(
        ["strace", "-f", "-c", "-q", "-o", str(told), *(part for pid in family for part in ("-p", str(pid)))],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    count = Count()
    try:
        deadline = time.monotonic() + PATIENCE
        while not all(map(_is_traced, family)):
            if child.poll() is not None or time.monotonic() > deadline:
                raise Failed("strace could not attach")
            time.sleep(0.01)
        yield count
    finally:
        _interrupt(child)
    vars(count).update(vars(by_names(told.read_text())))


def _is_traced(pid):
    return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir())


def _interrupt(child):
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def by_events(told):
    """From perf's comma-separated output; None if it could not count."""
    counted = re.findall(r"^([^,\n]*),[^,\n]*,(\w+:\w+),", told, re.MULTILINE)
    if not counted or any(not number.isdigit() for number, _ in counted):
        return None
    names = [(event.rpartition("sys_enter_")[2], int(number)) for number, event in counted if event != EVENT]
    calls = sum(int(number) for number, event in counted if event == EVENT)
    return _count(calls, names) if calls and names else None


def by_names(told):
    """From strace -c; columns have fixed widths, and some may be empty."""
    names = [(line.split()[-1], int(line[30:40])) for line in told.splitlines() if line[30:40].strip().isdigit()]
    return _count(sum(number for name, number in names if name == "total"), names)


def _count(calls, names):
    waits = sum(number for name, number in names if re.fullmatch(r"epoll_\w*wait\w*", name))
    return Count(calls, waits, sum(number for name, number in names if name == "epoll_ctl"))
