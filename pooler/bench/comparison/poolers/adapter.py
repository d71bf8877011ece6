"""Any other pooler, behind a program that writes its configuration and becomes it."""

import json
import os
from dataclasses import dataclass

from ..failures import NotPossible
from ..processes import free_port, listens
from ..setting import HOST, MOST_CLIENTS, PASSWORD
from . import Target

VARIABLE = "DOORMAN_BENCH_PEERS"


@dataclass(frozen=True)
class Adapter:
    """Called with PORT POSTGRES_PORT SERVERS in a folder of its own, where setting.json has all that is asked."""

    name: str
    program: str

    def start(self, scene, setting, postgres_port):
        port = free_port()
        child = self.run(scene, setting, postgres_port, port)
        try:
            scene.wait(self.name, child, lambda: listens(port))
        except NotPossible:
            raise NotPossible(f"{self.name} cannot: {scene.told(self.name).strip() or 'its adapter does not say why'}") from None
        return Target(self.name, (child,), port)

    def run(self, scene, setting, postgres_port, port):
        folder = scene.folder / f"{self.name}.files"
        folder.mkdir(exist_ok=True)
        (folder / "setting.json").write_text(json.dumps(asked(scene, setting, postgres_port, port), indent=1))
        return scene.launch(self.name, [self.program, str(port), str(postgres_port), str(setting.servers)],
                            cwd=folder, env={**os.environ, "DOORMAN_BENCH_CPUS": str(os.cpu_count())})


def asked(scene, setting, postgres_port, port):
    certificate, key = scene.certificate() if setting.tls else (None, None)
    return {
        "host": HOST, "port": port, "postgresHost": HOST, "postgresPort": postgres_port, "postgresDatabase": "postgres",
        "servers": setting.servers, "mostClients": MOST_CLIENTS, "databaseCap": setting.cap,
        "pools": [{"database": database, "user": user} for database, user in setting.pools],
        "login": setting.login, "password": PASSWORD if setting.login == "scram" else "", "verifier": setting.password,
        "certificate": certificate and str(certificate), "key": key and str(key), "statements": setting.statements,
    }


def adapters(text):
    """From name=/path,name=/path."""
    pairs = [part.split("=", 1) for part in text.split(",") if part.strip()]
    bad = [pair[0] for pair in pairs if len(pair) != 2 or not os.access(pair[1], os.X_OK)]
    if bad:
        raise ValueError(f"{VARIABLE} is {text!r}, expected name=PATH of a program, and commas between; wrong: {', '.join(bad)}")
    return [Adapter(name.strip(), os.path.abspath(path)) for name, path in pairs]
