"""The throw-away PostgreSQL behind all poolers."""

import os
import subprocess

from . import wire
from .failures import Failed
from .processes import free_port, unprivileged
from .setting import HOST, USER


class Postgres:
    """A running cluster with pgbench's tables."""

    def __init__(self, scene, folder, max_connections):
        self.port = free_port()
        data = scene.folder / "data"
        data.mkdir()
        who = unprivileged()
        if who:
            os.chown(data, who["user"], who["group"])
        done = subprocess.run(
            [str(folder / "bin/initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-N", "--no-locale", "-E", "UTF8"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=scene.folder, **who)
        if done.returncode != 0:
            raise Failed(f"initdb: {done.stdout[-2000:]}")
        settings = {
            "listen_addresses": HOST, "port": self.port, "unix_socket_directories": "", "max_connections": max_connections,
            "fsync": "off", "shared_buffers": "128MB", "autovacuum": "off", "log_checkpoints": "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        pid_file = data / "postmaster.pid"
        child = scene.start("postgres", [str(folder / "bin/postgres"), "-D", str(data), *options],
                            lambda: pid_file.exists() and "\nready" in pid_file.read_text(), **who)
        self.pid = child.pid

    def execute(self, text):
        """Statements of which no result is wanted."""
        with wire.Client(self.port, "postgres", USER) as client:
            client.query(text)

    def roles(self, users):
        """Roles that may do all; pgbench's user is one already."""
        self.execute("".join(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') THEN "
            f"CREATE ROLE \"{user}\" LOGIN SUPERUSER; END IF; END $$;\n" for user in users))
