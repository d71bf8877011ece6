"""PgBouncer: one process, or several that share the port and the servers."""

from dataclasses import dataclass

from ..processes import free_port, listens, unprivileged
from ..setting import HOST, MOST_CLIENTS
from . import BASE, Target


@dataclass(frozen=True)
class PgBouncer:
    """Of many processes (so_reuseport) each has its share of the servers; the kernel deals the clients out by chance."""

    command: tuple
    processes: int = 1

    @property
    def name(self):
        return BASE if self.processes == 1 else f"{BASE}-{self.processes}"

    def start(self, scene, setting, postgres_port):
        port = free_port()
        names = [self.name if self.processes == 1 else f"{self.name}.{number + 1}" for number in range(self.processes)]
        children = [(name, self._process(scene, name, setting, postgres_port, port)) for name in names]
        for name, child in children:
            scene.wait(name, child, lambda: listens(port))
        return Target(self.name, tuple(child for _, child in children), port)

    def run(self, scene, setting, postgres_port, port):
        """Starts the only process and does not wait until it is up."""
        return self._process(scene, self.name, setting, postgres_port, port)

    def _process(self, scene, name, setting, postgres_port, port):
        file = scene.folder / f"{name}.ini"
        users = scene.folder / f"{name}.users"
        users.write_text("".join(f'"{user}" "{setting.password}"\n' for user in setting.users))
        file.write_text(self._text(scene, setting, postgres_port, port, users))
        return scene.launch(name, [*self.command, str(file)], **unprivileged())

    def _text(self, scene, setting, postgres_port, port, users):
        databases = "\n".join(f"{database} = host={HOST} port={postgres_port} dbname=postgres" for database in setting.databases)
        return f"""\
[databases]
{databases}
[pgbouncer]
listen_addr = {HOST}
listen_port = {port}
listen_backlog = 4096
unix_socket_dir =
so_reuseport = {int(self.processes > 1)}
auth_type = {"scram-sha-256" if setting.login == "scram" else "trust"}
auth_file = {users}
pool_mode = transaction
default_pool_size = {self._share(setting.servers)}
max_db_connections = {self._share(setting.cap)}
max_client_conn = {MOST_CLIENTS}
max_prepared_statements = {setting.statements or 200}
log_connections = 0
log_disconnections = 0
{self._tls(scene) if setting.tls else ""}
"""

    def _share(self, count):
        return -(-count // self.processes)

    @staticmethod
    def _tls(scene):
        certificate, key = scene.certificate()
        return f"client_tls_sslmode = allow\nclient_tls_cert_file = {certificate}\nclient_tls_key_file = {key}"
