"""pgbench against a pooler: transactions as fast as they go, or offered at a rate."""

import os
import subprocess
from dataclasses import dataclass

from . import stats, window
from .failures import Failed
from .setting import DATABASE, HOST, PASSWORD, USER

# One in so many latencies is kept; with a rate, all.
LOG_SHARE = 0.25


@dataclass(frozen=True)
class Load:
    """What clients do: pgbench's -S, or SELECT 1."""

    protocol: str
    clients: int
    query: str = "S"
    rate: int = 0
    tls: bool = False


class Pgbench:
    """The program with its folder for logs and scripts."""

    def __init__(self, command, folder, postgres_pid):
        self.command = command
        self.folder = folder
        self.postgres_pid = postgres_pid
        self.script = folder / "select1.sql"
        self.script.write_text("SELECT 1;\n")

    def fill(self, port):
        self._check([*self.command, "-i", "-q", "-n", "-s", "1", "-h", HOST, "-p", str(port), "-U", USER, "postgres"], None)

    def count(self, target, load, transactions):
        """Exactly so many, or a few less; returns how many."""
        each = max(transactions // load.clients, 1)
        self._check([*self._arguments(target, load), "-t", str(each), DATABASE], environment(load.tls))
        return each * load.clients

    def run(self, target, load, seconds):
        """Figures of the window, with latencies."""
        ran, sample = self.watch(target, load, seconds)
        return {**ran.figures, **stats.latencies([one.millis for one in sample if one.end >= ran.begin])}

    def watch(self, target, load, seconds):
        """The run, and its transactions one by one (with a rate all, else a sample)."""
        share = 1 if load.rate else LOG_SHARE
        command = [*self._arguments(target, load), "-T", str(seconds), "-P", "1", "-l", f"--log-prefix={self.folder}/transactions"]
        if share < 1:
            command.append(f"--sampling-rate={share}")
        if load.rate:
            # Latency then counts from the moment at which a transaction was due (coordinated omission).
            command.append(f"--rate={load.rate}")
        try:
            ran = window.run([*command, DATABASE], target, self.postgres_pid, env=environment(load.tls))
            return ran, self._logged()
        finally:
            for file in self.folder.glob("transactions.*"):
                file.unlink()

    def _arguments(self, target, load):
        threads = max(min(os.cpu_count() // 2, load.clients), 1)
        what = ["-S"] if load.query == "S" else ["-f", str(self.script)]
        return [*self.command, "-n", *what, "-M", load.protocol, "-c", str(load.clients), "-j", str(threads),
                "-h", HOST, "-p", str(target.port), "-U", USER]

    def _logged(self):
        sample = []
        for file in self.folder.glob("transactions.*"):
            with open(file) as lines:
                sample += [logged(line) for line in lines]
        return sample

    @staticmethod
    def _check(command, env):
        done = subprocess.run(command, capture_output=True, text=True, env=env)
        if done.returncode != 0:
            raise Failed(f"pgbench: {done.stderr[-1500:]}")


@dataclass(frozen=True)
class Transaction:
    """When it was answered, by the clock in seconds, and after how long."""

    end: float
    millis: float


def logged(line):
    """A line of pgbench's log: client, number, microseconds, script, second, microsecond, and the lag with a rate."""
    fields = line.split()
    return Transaction(int(fields[4]) + int(fields[5]) / 1e6, int(fields[2]) / 1000)


def environment(tls):
    return {**os.environ, "PGPASSWORD": PASSWORD, "PGSSLMODE": "require" if tls else "disable", "PGCONNECT_TIMEOUT": "60"}
