"""Logs in with psycopg or asyncpg as libpq's environment variables say, and tells who PostgreSQL takes it for.

login.py psycopg|asyncpg
"""

import asyncio
import sys

import asyncpg
import psycopg


def by_psycopg():
    with psycopg.connect("", connect_timeout=30) as connection:
        return connection.execute("select current_user::text").fetchone()[0]


async def by_asyncpg():
    connection = await asyncpg.connect(timeout=30)
    try:
        return await connection.fetchval("select current_user::text")
    finally:
        await connection.close()


try:
    print("user", by_psycopg() if sys.argv[1] == "psycopg" else asyncio.run(by_asyncpg()))
except (psycopg.Error, asyncpg.PostgresError, OSError) as refused:
    print("refused", type(refused).__name__, str(refused).replace("\n", " "))
