"""Runs PostgreSQL and the poolers on loopback, and ends exactly what was started."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
USER = "bench"
DATABASE = "bench"
NICE = -5


@dataclass(frozen=True)
class Access:
    """How clients prove who they are."""

    password: str = ""
    pgbouncer: str = "auth_type = trust"
    general: str = ""
    method: str = "trust"


TRUST = Access()


class Started(Exception):
    """A program did not come up."""


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


class Scene:
    """A folder for the throw-away cluster and logs, and the processes in it; a context manager that leaves nothing."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="doorman-bench-"))
        self.folder.chmod(0o755)
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Poolers first: PostgreSQL, asked last, then has nobody left to wait for.
        for name, child in reversed(self.running):
            child.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
            try:
                child.wait(8)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name, command, is_up, **options):
        """Starts a program and waits until it is up."""
        log_file = self.folder / f"{name}.log"
        with open(log_file, "w") as log:
            child = spawn(command, log, **options)
        self.running.append((name, child))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            if is_up():
                return child
            time.sleep(0.02)
        raise Started(f"{name} did not come up:\n{log_file.read_text()[-2000:]}")

    def postgres(self, max_connections):
        port = free_port()
        data = self.folder / "data"
        data.mkdir()
        who = unprivileged()
        if who:
            os.chown(data, who["user"], who["group"])
        binaries = self.programs["postgres"] / "bin"
        done = subprocess.run(
            [str(binaries / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-N", "--no-locale", "-E", "UTF8"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder, **who)
        if done.returncode != 0:
            raise Started(f"initdb: {done.stdout[-2000:]}")
        settings = {
            "listen_addresses": HOST, "port": port, "unix_socket_directories": "", "max_connections": max_connections,
            "fsync": "off", "shared_buffers": "128MB", "autovacuum": "off", "log_checkpoints": "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        pid_file = data / "postmaster.pid"
        child = self.start("postgres", [str(binaries / "postgres"), "-D", str(data), *options],
                           lambda: pid_file.exists() and "\nready" in pid_file.read_text(), **who)
        return child.pid, port

    def pgbouncer(self, postgres_port, servers, access=TRUST):
        port = free_port()
        users = self.folder / "users.txt"
        users.write_text(f'"{USER}" "{access.password}"\n')
        file = self.folder / "pgbouncer.ini"
        file.write_text(f"""\
[databases]
{DATABASE} = host={HOST} port={postgres_port} dbname=postgres
[pgbouncer]
listen_addr = {HOST}
listen_port = {port}
unix_socket_dir =
{access.pgbouncer}
auth_file = {users}
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 2000
max_prepared_statements = 200
log_connections = 0
log_disconnections = 0
""")
        child = self.start("pgbouncer", [*self.programs["pgbouncer"], str(file)], lambda: listens(port), cwd=self.folder, **unprivileged())
        return child.pid, port

    def doorman(self, name, command, postgres_port, servers, loops, java_options, access=TRUST):
        port = free_port()
        file = self.folder / f"{name}.yaml"
        file.write_text(f"""\
general:
  host: "{HOST}"
  port: {port}
  worker_threads: {loops}
  admin_password: unused
  log_client_connections: false
  log_client_disconnections: false
  pg_hba: "host all all 127.0.0.0/8 {access.method}"
{access.general}
pools:
  {DATABASE}:
    server_host: "{HOST}"
    server_port: {postgres_port}
    server_database: postgres
    pool_mode: transaction
    users:
      - username: {USER}
        password: "{access.password}"
        pool_size: {servers}
""")
        environment = {**os.environ, "POOLER_JAVA_OPTS": java_options}
        child = self.start(name, [*command, str(file)], lambda: listens(port), cwd=self.folder, env=environment)
        return child.pid, port
