package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A pool's books: which servers there are, which are idle, who waits, and what was ordered. All of it is guarded by
/// its lock; nothing here calls out.
final class Books<S extends PoolServer> {
    private static final double SPREAD = 0.2;

    final ReentrantLock lock = new ReentrantLock();
    final IdleServers<S> idle;
    final WaitQueues<S> waiters;
    private final Set<S> all = Collections.newSetFromMap(new IdentityHashMap<>());
    private final DoubleSupplier random;
    private volatile PoolSettings settings;
    private boolean paused;
    private long epoch;
    private @Nullable PgError retired;

    /// A server that leaves the books, to be closed outside of the lock.
    record Ended<S>(S server, CloseReason reason) {}

    Books(PoolSettings settings, int loops, DoubleSupplier random) {
        this.settings = settings;
        this.idle = new IdleServers<>(loops);
        this.waiters = new WaitQueues<>(loops);
        this.random = random;
    }

    /// May be read without the lock.
    PoolSettings settings() {
        return settings;
    }

    void change(PoolSettings changed) {
        settings = changed;
    }

    int size() {
        return all.size();
    }

    List<S> servers() {
        return List.copyOf(all);
    }

    boolean isPaused() {
        return paused;
    }

    void setPaused(boolean on) {
        paused = on;
    }

    @Nullable
    PgError retired() {
        return retired;
    }

    void retire(PgError why) {
        retired = why;
    }

    /// Servers that are in the books now end when they come back.
    void nextEpoch() {
        epoch++;
    }

    void enter(S server, long now) {
        var times = settings.times();
        server.slot().born(now, spread(times.lifetime()), spread(times.idle()), epoch);
        all.add(server);
    }

    void forget(S server, long now) {
        server.slot().become(Place.GONE, now);
        all.remove(server);
    }

    /// Why a server should not be lent again, or null.
    @Nullable
    CloseReason reasonToEnd(S server, long now) {
        if (retired != null) {
            return CloseReason.RETIRED;
        }
        if (!server.isOpen()) {
            return CloseReason.PEER;
        }
        var unwanted = server.unwanted();
        if (unwanted != null) {
            return unwanted;
        }
        var slot = server.slot();
        if (slot.epoch() != epoch) {
            return CloseReason.RECONNECT;
        }
        if (all.size() > settings.size()) {
            return CloseReason.SHRUNK;
        }
        // While clients wait, an old server is better than none: its successor would cost a login.
        if (waiters.size() == 0 && slot.isExpired(now)) {
            return CloseReason.LIFETIME;
        }
        if (slot.place() == Place.IDLE && slot.isIdleTooLong(now) && all.size() > settings.minSize()) {
            return CloseReason.IDLE;
        }
        return null;
    }

    /// Takes out the idle servers that should not be lent again, at most `limit`.
    List<Ended<S>> takeEnded(long now, int limit) {
        var ended = new ArrayList<Ended<S>>();
        idle.takeIf(
                server -> {
                    var reason = reasonToEnd(server, now);
                    if (reason != null) {
                        // Forgotten at once: the next one's reason depends on how many are left.
                        forget(server, now);
                        ended.add(new Ended<>(server, reason));
                    }
                    return reason != null;
                },
                limit);
        return ended;
    }

    /// Takes out idle servers whatever their state, at most `limit`.
    List<Ended<S>> takeIdle(CloseReason reason, long now, int limit) {
        var ended = new ArrayList<Ended<S>>();
        for (var server : idle.takeIf(_ -> true, limit)) {
            forget(server, now);
            ended.add(new Ended<>(server, reason));
        }
        return ended;
    }

    /// Takes out the idle servers that nobody has heard of for the check time, to be asked for a sign of life.
    List<S> takeUnchecked(long now, int limit) {
        long check = settings.times().check().toNanos();
        if (check <= 0) {
            return List.of();
        }
        var unchecked = idle.takeIf(server -> now - server.slot().sinceNanos() > check, limit);
        unchecked.forEach(server -> server.slot().become(Place.CHECKED, now));
        return unchecked;
    }

    /// Takes out the idle servers that are not wanted any more.
    List<Ended<S>> takeUnwanted(long now) {
        var ended = new ArrayList<Ended<S>>();
        for (var server : idle.takeIf(each -> each.unwanted() != null, Integer.MAX_VALUE)) {
            var reason = reasonToEnd(server, now);
            forget(server, now);
            ended.add(new Ended<>(server, reason == null ? CloseReason.RETIRED : reason));
        }
        return ended;
    }

    /// Takes out the idle servers meant, to be asked for a sign of life.
    List<S> takeSuspects(Predicate<S> meant, long now) {
        var suspects = idle.takeIf(meant, Integer.MAX_VALUE);
        suspects.forEach(server -> server.slot().become(Place.CHECKED, now));
        return suspects;
    }

    PoolCounts counts(int connecting, long now) {
        int lent = 0;
        int checked = 0;
        long oldestLease = 0;
        for (var server : all) {
            var slot = server.slot();
            if (slot.place() == Place.LENT) {
                lent++;
                oldestLease = Math.max(oldestLease, now - slot.sinceNanos());
            } else if (slot.place() != Place.IDLE) {
                checked++;
            }
        }
        var oldest = waiters.oldest();
        long oldestWait = oldest == null ? 0 : oldest.waitedNanos(now);
        return new PoolCounts(lent, idle.size(), checked, connecting, waiters.size(), oldestWait, oldestLease, paused);
    }

    private long spread(Duration limit) {
        if (limit.isZero()) {
            return Long.MAX_VALUE;
        }
        return (long) (limit.toNanos() * (1 - SPREAD + 2 * SPREAD * random.getAsDouble()));
    }
}
