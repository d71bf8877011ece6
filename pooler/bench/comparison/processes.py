"""Runs programs in a throw-away folder on loopback, and ends exactly what was started."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .failures import Failed, NotPossible
from .setting import HOST

NICE = -5

# Exit code of a program that cannot be set up as asked; see poolers/adapter.py.
CANNOT = 3


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def unprivileged():
    """What Popen needs to run a program that refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def die_with_parent():
    """If we are killed, the child goes too."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def spawn(command, log, **options):
    """Starts a program in a session of its own: in one session all would share one CPU weight (autogroup)."""
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        preexec_fn=die_with_parent, **options)
    try:
        # From here and not in the child, which may have become somebody who may not raise it.
        os.setpriority(os.PRIO_PROCESS, child.pid, NICE)
        Path(f"/proc/{child.pid}/autogroup").write_text(str(NICE))
    except OSError:
        pass
    return child


def end(child, how=signal.SIGTERM):
    """Asks a program to end, waits, and kills it if it does not."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(8)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class Scene:
    """A folder for the throw-away cluster and logs, and the processes in it; a context manager that leaves nothing."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="doorman-bench-"))
        self.folder.chmod(0o755)
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Poolers first: PostgreSQL, asked last, then has nobody left to wait for.
        while self.running:
            self.stop(self.running[-1][1])
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self, child):
        name = next(name for name, running in self.running if running is child)
        self.running.remove((name, child))
        end(child, signal.SIGINT if name == "postgres" else signal.SIGTERM)

    def launch(self, name, command, cwd=None, **options):
        """Starts a program; the caller knows when it is up."""
        with open(self.log(name), "w") as log:
            child = spawn(command, log, cwd=cwd or self.folder, **options)
        self.running.append((name, child))
        return child

    def wait(self, name, child, is_up):
        """Until a program is up; one that is not, is stopped."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            if is_up():
                return child
            time.sleep(0.02)
        code = child.poll()
        self.stop(child)
        if code == CANNOT:
            raise NotPossible(name)
        raise Failed(f"{name} did not come up ({'no answer in 60 s' if code is None else f'exit code {code}'}):\n{self.told(name)}")

    def start(self, name, command, is_up, **options):
        return self.wait(name, self.launch(name, command, **options), is_up)

    def log(self, name):
        return self.folder / f"{name}.log"

    def told(self, name):
        return self.log(name).read_text(errors="replace")[-2000:]

    def certificate(self):
        """A key and a certificate of this scene, made once."""
        certificate, key = self.folder / "server.crt", self.folder / "server.key"
        if not key.exists():
            done = subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", "/CN=bench", "-out", str(certificate), "-keyout", str(key)], capture_output=True, text=True)
            if done.returncode != 0:
                raise Failed(f"openssl: {done.stderr[-1000:]}")
            who = unprivileged()
            if who:
                os.chown(key, who["user"], who["group"])
        return certificate, key
