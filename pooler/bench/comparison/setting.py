"""How a pooler is to be set up for a scenario: what every kind of pooler translates to its own configuration."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

HOST = "127.0.0.1"
USER = "bench"
DATABASE = "bench"
PASSWORD = "a-password-of-the-bench"
ITERATIONS = 4096
MOST_CLIENTS = 12_000


@dataclass(frozen=True)
class Setting:
    """Transaction mode in any case."""

    servers: int = 40
    """most servers of one pool"""
    pools: tuple = ((DATABASE, USER),)
    """pairs of database and user; all lead to PostgreSQL's database postgres"""
    cap: int = 0
    """most servers of one database over all its users; 0: no limit"""
    login: str = "trust"
    """trust or scram"""
    tls: bool = False
    """offered to clients that ask for it"""
    statements: int = 0
    """prepared statements that are kept; 0: the pooler's own default"""

    @property
    def databases(self):
        return list(dict.fromkeys(database for database, _ in self.pools))

    @property
    def users(self):
        return list(dict.fromkeys(user for _, user in self.pools))

    @property
    def password(self):
        """What a pooler has to know of the password."""
        return verifier() if self.login == "scram" else ""


def verifier():
    """As PostgreSQL stores the password."""
    salt = b"0123456789abcdef"
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt, ITERATIONS)

    def key(name):
        return hmac.new(salted, name, hashlib.sha256).digest()

    stored = hashlib.sha256(key(b"Client Key")).digest()
    texts = [base64.b64encode(part).decode() for part in (salt, stored, key(b"Server Key"))]
    return f"SCRAM-SHA-256${ITERATIONS}:{texts[0]}${texts[1]}:{texts[2]}"
