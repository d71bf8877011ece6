"""Traffic with asyncpg's pool as it comes: see "Traffic" in e2e/drivers/README.md."""

import asyncio
import threading
import time

import asyncpg

from traffic import CLIENTS, RETRY, THINK, Tally

UPDATE = "update traffic_account set balance = balance + 1 where driver = 'asyncpg' and client = $1"
INSERT = "insert into traffic_ledger values ('asyncpg', $1, $2)"

ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

tally = Tally()


async def counted(_):
    tally.count("connects")


async def transaction(pool, client, number, wanted):
    begun = False
    try:
        async with pool.acquire(timeout=5) as c:
            changes = c.transaction()
            await changes.start()
            begun = True
            tally.begun(wanted)
            await c.execute(UPDATE, client)
            await asyncio.sleep(THINK)
            await c.execute(INSERT, client, number)
            await changes.commit()
            tally.count("committed")
            begun = False
        return True
    except ERRORS as e:
        tally.failed(begun, e)
        await asyncio.sleep(RETRY)
        return False


async def live(pool, client):
    wanted = time.monotonic()
    number = 0
    while tally.is_open:
        if await transaction(pool, client, number, wanted):
            await asyncio.sleep(THINK)
            wanted = time.monotonic()
        number += 1


async def main():
    threading.Thread(target=tally.answer).start()
    async with asyncpg.create_pool(min_size=CLIENTS, max_size=CLIENTS, init=counted, timeout=5) as pool:
        await asyncio.gather(*(live(pool, i) for i in range(CLIENTS)))


asyncio.run(main())
tally.print()
