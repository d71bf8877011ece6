"""Counts system calls of processes, in runs of their own that are never timed: by perf, else by strace."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from . import usage
from .failures import Failed

EVENT = "raw_syscalls:sys_enter"
PATIENCE = 20


class Count:
    """What was counted, once the block has ended."""

    calls = 0


def counter(folder):
    """How to count here: a context manager of pids, or None where neither program may."""
    if shutil.which("perf"):
        tried = subprocess.run(["perf", "stat", "-x,", "-e", EVENT, "--", "true"], capture_output=True, text=True)
        if tried.returncode == 0 and calls_by_perf(tried.stderr):
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
        ["perf", "stat", "-x,", "-e", EVENT, "-o", str(told), "-D", "-1", f"--control=fifo:{pipes[0]},{pipes[1]}",
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
    count.calls = calls_by_perf(told.read_text())
    if count.calls is None:
        raise Failed(f"perf stat told no count: {told.read_text()[-500:]}")


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
    count.calls = calls_by_strace(told.read_text())


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


def calls_by_perf(told):
    """The count in perf's comma-separated output; None if it could not count."""
    found = re.search(rf"^(\d+),[^,]*,{EVENT}", told, re.MULTILINE)
    return int(found[1]) if found else None


def calls_by_strace(told):
    """The total of strace -c; columns have fixed widths, and some may be empty."""
    totals = [line for line in told.splitlines() if line.endswith(" total")]
    return int(totals[-1][30:40]) if totals else 0
