"""The load program of ours (load/, in Go), for what pgbench cannot: its plans, its runs and its results."""

import json
import subprocess
from contextlib import contextmanager

from . import window
from .failures import Failed, Missing
from .processes import end, spawn
from .setting import DATABASE, HOST, PASSWORD, USER

LOOKUP = "SELECT abalance FROM pgbench_accounts WHERE aid = $1;"
ROWS = 100_000


def group(clients, text="", name="", pools=((DATABASE, USER),), **more):
    return {"name": name, "clients": clients, "text": text, "range": ROWS,
            "pools": [{"database": database, "user": user} for database, user in pools], **more}


class Loader:
    """The program with its folder for plans."""

    def __init__(self, program, folder, postgres_pid):
        self.program = program
        self.folder = folder
        self.postgres_pid = postgres_pid

    def command(self, mode, target, groups, tls=False, **more):
        if not self.program:
            raise Missing("Go, to compile the load program")
        file = self.folder / "plan.json"
        file.write_text(json.dumps({
            "mode": mode, "address": f"{HOST}:{target.port}", "password": PASSWORD, "tls": tls, "groups": groups, **more}))
        return [self.program, str(file)]

    def run(self, mode, target, groups, seconds, **more):
        """Figures of the window, and what the program says of its own."""
        ran = window.run(self.command(mode, target, groups, seconds=seconds, **more), target, self.postgres_pid)
        return ran.figures, result_of(ran.lines)

    def load(self, target, one, seconds, **more):
        """Of one group: figures with latencies. Errors are no load."""
        figures, result = self.run("load", target, [one], seconds, **more)
        told = result["groups"][0]
        if told["errors"]:
            raise Failed(f"{target.name}: {told['errors']} errors, the first: {told['firstError']}")
        return {**figures, **{name: told[name] for name in ("p50", "p99", "p999")}, "starved": told["starved"]}

    def complete(self, mode, target, groups, **more):
        """Runs to the end of what was planned, with nothing measured meanwhile."""
        done = subprocess.run(self.command(mode, target, groups, **more), capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{target.name}: {done.stderr[-1500:]}")
        return result_of(done.stdout.splitlines())

    @contextmanager
    def held(self, target, one, tls=False):
        """Clients that have logged in and are idle."""
        child = spawn(self.command("hold", target, [one], tls), subprocess.PIPE, text=True)
        try:
            said = child.stdout.readline()
            if not said.startswith("holding"):
                raise Failed(f"{target.name}: {said}{child.stdout.read()[-1500:]}")
            yield
        finally:
            end(child)

    @contextmanager
    def going_on(self, mode, target, groups, **more):
        """A load beside another; ended when the other is."""
        child = spawn(self.command(mode, target, groups, **more), subprocess.PIPE, text=True)
        try:
            said = child.stdout.readline()
            if not said.startswith("progress"):
                raise Failed(f"{target.name}: {said}{child.stdout.read()[-1500:]}")
            yield
            if child.poll() is not None:
                raise Failed(f"{target.name}: ended early: {child.stdout.read()[-1500:]}")
        finally:
            end(child)


def result_of(lines):
    if not lines or not lines[-1].startswith("{"):
        raise Failed(f"the load program told no result: {''.join(lines)[-1500:]}")
    return json.loads(lines[-1])
