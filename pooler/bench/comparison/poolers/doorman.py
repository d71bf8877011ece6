"""Doorman, of this tree or another build."""

import json
import os
from dataclasses import dataclass

from ..processes import free_port, listens
from ..setting import HOST, MOST_CLIENTS
from . import Target


@dataclass(frozen=True)
class Doorman:
    """worker_threads is the number of event loops."""

    name: str
    script: str
    loops: int
    plain: str
    """the script of the same build without an AOT cache"""
    java_options: str = ""

    def start(self, scene, setting, postgres_port):
        port = free_port()
        child = self.run(scene, setting, postgres_port, port)
        scene.wait(self.name, child, lambda: listens(port))
        return Target(self.name, (child,), port, native=False, gc_log=self._gc_log(scene))

    def run(self, scene, setting, postgres_port, port):
        """Starts it and does not wait until it is up."""
        options = f"{self.java_options} -Xlog:gc:file={self._gc_log(scene)}:uptime:filecount=0"
        return scene.launch(self.name, [self.script, str(self._file(scene, setting, postgres_port, port))],
                            env={**os.environ, "POOLER_JAVA_OPTS": options.strip()})

    def _gc_log(self, scene):
        return scene.folder / f"{self.name}.gc"

    def _file(self, scene, setting, postgres_port, port):
        """Writes the configuration; JSON is YAML too."""
        file = scene.folder / f"{self.name}.yaml"
        file.write_text(json.dumps(configuration(scene, setting, postgres_port, port, self.loops), indent=1))
        return file


def configuration(scene, setting, postgres_port, port, loops):
    general = {
        "host": HOST, "port": port, "worker_threads": loops, "max_connections": MOST_CLIENTS, "admin_password": "unused",
        "log_client_connections": False, "log_client_disconnections": False, "query_wait_timeout": "120s",
        "pg_hba": f"host all all 127.0.0.0/8 {'scram-sha-256' if setting.login == 'scram' else 'trust'}",
    }
    if setting.tls:
        certificate, key = scene.certificate()
        general |= {"tls_certificate": str(certificate), "tls_private_key": str(key)}
    if setting.statements:
        general["prepared_statements_cache_size"] = setting.statements
    pools = {database: _pool(setting, database, postgres_port) for database in setting.databases}
    return {"general": general, "pools": pools}


def _pool(setting, database, postgres_port):
    users = [{"username": user, "password": setting.password, "pool_size": setting.servers}
             for name, user in setting.pools if name == database]
    return {
        "server_host": HOST, "server_port": postgres_port, "server_database": "postgres", "pool_mode": "transaction",
        **({"max_db_connections": setting.cap} if setting.cap else {}), "users": users,
    }
