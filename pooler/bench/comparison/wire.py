"""A client of PostgreSQL in a few lines, for what is no load: statements that set up, and the first query of a pooler."""

import socket
import ssl
import struct

from .failures import Failed
from .setting import HOST


class Client:
    """One connection without a password; a context manager."""

    def __init__(self, port, database, user, timeout=60, tls=False):
        self.socket = socket.create_connection((HOST, port), timeout)
        try:
            if tls:
                self._encrypt()
            words = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database))
            packet = struct.pack("!i", 3 << 16) + words + b"\0"
            self.socket.sendall(struct.pack("!i", len(packet) + 4) + packet)
            self._until_ready()
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def query(self, text):
        """Sends a simple query; returns the first column of each row as text."""
        body = text.encode() + b"\0"
        self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)
        return [_first_column(body) for tag, body in self._until_ready() if tag == b"D"]

    def _encrypt(self):
        """Whoever answers is believed."""
        self.socket.sendall(struct.pack("!ii", 8, 80877103))
        if self._exactly(1) != b"S":
            raise Failed("TLS is not offered")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)

    def _until_ready(self):
        messages = []
        while True:
            tag, length = struct.unpack("!ci", self._exactly(5))
            body = self._exactly(length - 4)
            if tag == b"E":
                raise Failed(error_text(body))
            messages.append((tag, body))
            if tag == b"Z":
                return messages

    def _exactly(self, count):
        parts = bytearray()
        while len(parts) < count:
            part = self.socket.recv(count - len(parts))
            if not part:
                raise ConnectionResetError("the connection was closed")
            parts += part
        return bytes(parts)


def _first_column(row):
    length = struct.unpack_from("!i", row, 2)[0]
    return None if length < 0 else row[6:6 + length].decode()


def error_text(body):
    """SQLSTATE and message of an ErrorResponse."""
    fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
    return f"{fields.get(b'C', '')} {fields.get(b'M', '')}".strip()
