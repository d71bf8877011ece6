"""Runs pgbench against one pooler and reads what the pooler and PostgreSQL spent meanwhile."""

import os
import re
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import processes

TICK_MICROS = 1_000_000 / os.sysconf("SC_CLK_TCK")
PROGRESS = re.compile(r"^progress: ([\d.]+) s, ([\d.]+) tps")
LOG_SHARE = 0.2


@dataclass(frozen=True)
class Cpu:
    """CPU time in microseconds; compilers is the part of a JVM's compiler threads."""

    user: float
    system: float
    compilers: float = 0.0

    def __sub__(self, other):
        return Cpu(self.user - other.user, self.system - other.system, self.compilers - other.compilers)


@dataclass(frozen=True)
class Target:
    """A pooler under test."""

    name: str
    pid: int
    port: int


@dataclass(frozen=True)
class Load:
    """One cell of the table."""

    protocol: str
    clients: int


class Failed(Exception):
    """pgbench did not end well."""


def _times(stat_file):
    fields = Path(stat_file).read_text().rpartition(")")[2].split()
    return int(fields[11]) * TICK_MICROS, int(fields[12]) * TICK_MICROS


def cpu_of(pid):
    """User and system time of a whole process, all its threads, those that ended too."""
    user, system = _times(f"/proc/{pid}/stat")
    compilers = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            if re.match(r"C[12] Compiler", (task / "comm").read_text()):
                compilers += sum(_times(task / "stat"))
        except FileNotFoundError:
            pass
    return Cpu(user, system, compilers)


def cpu_of_children(pid):
    """The sum over the living children of a process: PostgreSQL's backends."""
    total = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            total += sum(_times(f"/proc/{child}/stat"))
        except FileNotFoundError:
            pass
    return total


def rss_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


class Bench:
    """pgbench with its folder for logs."""

    def __init__(self, command, folder, postgres_pid):
        self.command = command
        self.folder = folder
        self.postgres_pid = postgres_pid

    def fill(self, port):
        self._check(subprocess.run(
            [*self.command, "-i", "-q", "-n", "-s", "1", "-h", processes.HOST, "-p", str(port), "-U", processes.USER, "postgres"],
            capture_output=True, text=True))

    def _arguments(self, target, load):
        return [*self.command, "-n", "-S", "-M", load.protocol, "-c", str(load.clients), "-h", processes.HOST,
                "-p", str(target.port), "-U", processes.USER]

    def warm_up(self, target, protocol, transactions):
        """So many transactions that a JVM has compiled what it will run."""
        clients = 40
        self._check(subprocess.run(
            [*self._arguments(target, Load(protocol, clients)), "-t", str(max(transactions // clients, 1)), processes.DATABASE],
            capture_output=True, text=True))

    def run(self, target, load, seconds):
        """Measures between the first and the last progress line: logins and the end of the run do not count."""
        command = [*self._arguments(target, load), "-T", str(seconds), "-P", "1", "-l", f"--sampling-rate={LOG_SHARE}",
                   f"--log-prefix={self.folder}/transactions", processes.DATABASE]
        child = processes.spawn(command, subprocess.PIPE, text=True)
        try:
            points = []
            rest = []
            for line in child.stdout:
                rest.append(line)
                found = PROGRESS.match(line)
                if found:
                    points.append((float(found[1]), float(found[2]), cpu_of(target.pid), cpu_of_children(self.postgres_pid)))
            if child.wait() != 0 or len(points) < 2:
                raise Failed(f"{target.name}, {load}: {''.join(rest)[-1500:]}")
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
        return {**self._figures(points), **self._latencies(), "rss": rss_mib(target.pid)}

    @staticmethod
    def _figures(points):
        transactions = sum((b[0] - a[0]) * b[1] for a, b in zip(points, points[1:]))
        used = points[-1][2] - points[0][2]
        return {
            "tps": transactions / (points[-1][0] - points[0][0]),
            "user": used.user / transactions,
            "system": used.system / transactions,
            "cpu": (used.user + used.system) / transactions,
            "compilers": used.compilers / transactions,
            "postgres": (points[-1][3] - points[0][3]) / transactions,
        }

    def _latencies(self):
        millis = []
        for file in self.folder.glob("transactions.*"):
            with open(file) as lines:
                millis += [int(line.split()[2]) / 1000 for line in lines]
            file.unlink()
        cuts = statistics.quantiles(millis, n=100)
        return {"p50": cuts[49], "p99": cuts[98]}

    @staticmethod
    def _check(done):
        if done.returncode != 0:
            raise Failed(done.stderr[-1500:])
