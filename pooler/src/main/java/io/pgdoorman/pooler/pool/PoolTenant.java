package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import java.util.concurrent.locks.ReentrantLock;

/// A pool as the coordinator of its database sees it. Takes the pool's lock.
///
/// @param name for messages
record PoolTenant<S extends PoolServer>(String name, Books<S> books, Care<S> care, ServerSource<S> source)
        implements Tenant {
    @Override
    public Standing standing() {
        lock().lock();
        try {
            return new Standing(
                    books.size(),
                    books.debt(),
                    books.settings().minSize(),
                    books.waiters.size(),
                    books.anticipation.leaseP95Nanos());
        } finally {
            lock().unlock();
        }
    }

    @Override
    public boolean evictIdle(long minAgeNanos, int keep) {
        return care.evict(minAgeNanos, keep);
    }

    @Override
    public void owe() {
        lock().lock();
        try {
            books.owe(books.debt() + 1);
        } finally {
            lock().unlock();
        }
    }

    @Override
    public int forgive() {
        lock().lock();
        try {
            int owed = books.debt();
            books.owe(0);
            return owed;
        } finally {
            lock().unlock();
        }
    }

    @Override
    public void later(Runnable task, long delayNanos) {
        source.later(task, delayNanos);
    }

    private ReentrantLock lock() {
        return books.lock;
    }
}
