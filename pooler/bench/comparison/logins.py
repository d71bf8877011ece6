"""What a login costs: clients that connect, prove who they are, and leave, by SCRAM alone and over TLS."""

import base64
import hashlib
import hmac
import os
import re
import subprocess
from dataclasses import dataclass
from statistics import median

from . import measure, processes
from .report import BASE

PASSWORD = "a-password-of-the-bench"
ITERATIONS = 4096
CLIENTS = 4

KINDS = {"scram": "disable", "tls+scram": "require"}


def verifier():
    """As PostgreSQL stores the password."""
    salt = b"0123456789abcdef"
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, ITERATIONS)

    def key(name):
        return hmac.new(salted, name, hashlib.sha256).digest()

    stored = hashlib.sha256(key(b"Client Key")).digest()
    texts = [base64.b64encode(part).decode() for part in (salt, stored, key(b"Server Key"))]
    return f"SCRAM-SHA-256${ITERATIONS}:{texts[0]}${texts[1]}:{texts[2]}"


def access(folder):
    """SCRAM for all, TLS for who asks for it; both poolers have the same verifier, key and certificate."""
    certificate, key = folder / "server.crt", folder / "server.key"
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=bench", "-out", str(certificate), "-keyout", str(key)], capture_output=True, text=True)
    if done.returncode != 0:
        raise measure.Failed(f"openssl: {done.stderr[-1000:]}")
    who = processes.unprivileged()
    if who:
        os.chown(key, who["user"], who["group"])
    return processes.Access(
        password=verifier(),
        pgbouncer=f"auth_type = scram-sha-256\nclient_tls_sslmode = allow\nclient_tls_cert_file = {certificate}\n"
                  f"client_tls_key_file = {key}",
        general=f"  tls_certificate: {certificate}\n  tls_private_key: {key}\n  login_failures_per_minute: 0",
        method="scram-sha-256",
    )


@dataclass(frozen=True)
class Bench:
    """pgbench with a new connection for each empty transaction."""

    command: list
    folder: object

    def run(self, target, kind, logins):
        script = self.folder / "nothing.sql"
        script.write_text("\\set nothing 1\n")
        command = [*self.command, "-n", "-C", "-f", str(script), "-c", str(CLIENTS), "-t", str(max(1, logins // CLIENTS)),
                   "-h", processes.HOST, "-p", str(target.port), "-U", processes.USER, processes.DATABASE]
        before = measure.cpu_of(target.pid)
        done = subprocess.run(command, capture_output=True, text=True, env={
            **os.environ, "PGPASSWORD": PASSWORD, "PGSSLMODE": KINDS[kind], "PGCHANNELBINDING": "prefer"})
        used = measure.cpu_of(target.pid) - before
        found = re.search(r"actually processed: (\d+)/(\d+)", done.stdout)
        if done.returncode != 0 or not found or found[1] != found[2]:
            raise measure.Failed(f"{target.name}, {kind}: {(done.stdout + done.stderr)[-1500:]}")
        count = int(found[1])
        return {"millis": (used.user + used.system) / count / 1000, "compilers": used.compilers / count / 1000}

    def rounds(self, targets, asked):
        """Each round has all kinds and all poolers, and nobody the same neighbour in each."""
        for target in targets:
            for kind in KINDS:
                self.run(target, kind, 200 if target.name == BASE else asked.warm_up)
        all_rounds = []
        for number in range(asked.rounds):
            cells = {}
            for kind in KINDS:
                turn = number % len(targets)
                for target in targets[turn:] + targets[:turn]:
                    cells[kind, target.name] = self.run(target, kind, asked.logins)
            all_rounds.append(cells)
            print(f"round {number + 1} of {asked.rounds} done, load average {os.getloadavg()[0]:.1f}", flush=True)
        return all_rounds


def table(all_rounds, targets):
    width = max(len(target.name) for target in targets)
    lines = [f"{'login':10} {'pooler':{width}}  {'CPU ms':>7} {'spread':>13}  {'ratio':>5} {'spread':>11}  {'JIT ms':>6}"]
    for kind in KINDS:
        for target in targets:
            cells = [one[kind, target.name] for one in all_rounds]
            costs = [cell["millis"] for cell in cells]
            ratios = [cell["millis"] / one[kind, BASE]["millis"] for cell, one in zip(cells, all_rounds)]
            lines.append(
                f"{kind:10} {target.name:{width}}  {median(costs):7.3f} {min(costs):6.3f}-{max(costs):6.3f}  "
                f"{median(ratios):5.2f} {min(ratios):5.2f}-{max(ratios):5.2f}  {median(c['compilers'] for c in cells):6.3f}")
    return "\n".join(lines)
