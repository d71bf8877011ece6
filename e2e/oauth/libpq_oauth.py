"""Logs in by OAUTHBEARER with the real libpq 18 that psycopg brings along, and says who PostgreSQL takes it for.

libpq_oauth.py ISSUER: the server is in PGHOST, PGPORT, PGUSER and PGDATABASE, the token in TOKEN. An application hands
its token to libpq by a hook (libpq's manual, "OAuth Authentication"); libpq asks the server for its issuer first, and
calls the hook only when that is ISSUER.
"""

import ctypes
import glob
import os
import sys

import psycopg
import psycopg_binary

BEARER_TOKEN = 1  # PQAUTHDATA_OAUTH_BEARER_TOKEN


class Request(ctypes.Structure):
    """PGoauthBearerRequest."""

    _fields_ = [
        ("openid_configuration", ctypes.c_char_p),
        ("scope", ctypes.c_char_p),
        ("run", ctypes.c_void_p),
        ("cleanup", ctypes.c_void_p),
        ("token", ctypes.c_char_p),
        ("user", ctypes.c_void_p),
    ]


token = os.environ["TOKEN"].encode()


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Request))
def give(kind, _connection, request):
    if kind != BEARER_TOKEN:
        return 0
    print("asked", request.contents.openid_configuration.decode(), request.contents.scope.decode())
    request.contents.token = token
    return 1


folder = os.path.join(os.path.dirname(psycopg_binary.__path__[0]), "psycopg_binary.libs")
(library,) = glob.glob(os.path.join(folder, "libpq-*.so.*"))
libpq = ctypes.CDLL(library)
assert libpq.PQlibVersion() >= 180000, libpq.PQlibVersion()
libpq.PQsetAuthDataHook(give)

try:
    with psycopg.connect(oauth_issuer=sys.argv[1], oauth_client_id="doorman-test", require_auth="oauth") as connection:
        print("user", connection.execute("select current_user").fetchone()[0])
except psycopg.OperationalError as refused:
    print("refused", str(refused).replace("\n", " "))
