"""Traffic with psycopg's pool as it comes: see "Traffic" in e2e/drivers/README.md."""

import threading
import time

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from traffic import CLIENTS, RETRY, THINK, Tally

UPDATE = "update traffic_account set balance = balance + 1 where driver = 'psycopg' and client = %s"
INSERT = "insert into traffic_ledger values ('psycopg', %s, %s)"

tally = Tally()


def transaction(pool, client, number, wanted):
    begun = False
    try:
        with pool.connection(timeout=5) as c, c.transaction():
            begun = True
            tally.begun(wanted)
            c.execute(UPDATE, (client,))
            time.sleep(THINK)
            c.execute(INSERT, (client, number))
        tally.count("committed")
        return True
    except (psycopg.Error, PoolTimeout) as e:
        tally.failed(begun, e)
        time.sleep(RETRY)
        return False


def live(pool, client):
    wanted = time.monotonic()
    number = 0
    while tally.is_open:
        if transaction(pool, client, number, wanted):
            time.sleep(THINK)
            wanted = time.monotonic()
        number += 1


options = dict(autocommit=True, connect_timeout=5)
with ConnectionPool("", kwargs=options, min_size=CLIENTS, configure=lambda _: tally.count("connects")) as pool:
    threads = [threading.Thread(target=live, args=(pool, i)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    tally.answer()
    for thread in threads:
        thread.join()
tally.print()
