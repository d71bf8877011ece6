package io.pgdoorman.pooler.pool;

/// Servers of a user that are in no pool, as the coordinator of their database sees them: they ask for permits, also of
/// the user's own pool, and never give one before their end.
///
/// @param name for messages
record OutsideTenant(String name, ServerSource<?> source) implements Tenant {
    @Override
    public Standing standing() {
        return new Standing(0, 0, 0, 0, 0);
    }

    @Override
    public boolean evictIdle(long minAgeNanos, int keep) {
        return false;
    }

    @Override
    public void owe() {
        throw new IllegalStateException("servers besides the pool owe nothing");
    }

    @Override
    public int forgive() {
        return 0;
    }

    @Override
    public void later(Runnable task, long delayNanos) {
        source.later(task, delayNanos);
    }
}
