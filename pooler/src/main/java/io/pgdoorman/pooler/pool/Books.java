package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.stats.WaitReason;
import io.pgdoorman.pooler.wire.PgError;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A pool's books: which servers there are, which are idle, who waits, and what was ordered. All of it is
/// guarded by its lock; nothing here calls out.
final class Books<S extends PoolServer> {
    private static final double SPREAD = 0.2;

    /// A successor is ordered when so much of a life is over.
    private static final int PREPARE_PERCENT = 95;

    /// A server for which no successor can be had ends at the latest then.
    private static final int LAST_PERCENT = 125;

    /// Shorter lives are not worth a successor in advance.
    private static final long MIN_PREPARED_LIFE_NANOS = 60_000_000_000L;

    private static final long SECOND_NANOS = 1_000_000_000L;

    /// Idle servers that may be asked for a sign of life in one duty cycle of a second, at least.
    private static final int MIN_CHECKS = 8;

    final ReentrantLock lock;
    final IdleServers<S> idle;
    final WaitQueues<S> waiters;
    private final Set<S> all = new LinkedHashSet<>();
    final Anticipation anticipation = new Anticipation();
    final Pressure pressure = new Pressure();
    final GrowthEvents growth = new GrowthEvents();
    private final DoubleSupplier random;
    private volatile PoolSettings settings;
    private PoolSettings configured;
    private IntUnaryOperator bound = IntUnaryOperator.identity();
    private long lifetimeNanos;
    private long idleNanos;
    private long checkNanos;
    private boolean paused;
    private long epoch;
    private @Nullable PgError retired;

    /// Connects under way, those that wait for a permit included.
    int connecting;

    /// Whether the last connect succeeded.
    boolean isReachable = true;

    private int aging;
    private int successors;
    private int succeeding;
    private int debt;

    /// A server that leaves the books, to be closed outside of the lock.
    record Ended<S>(S server, CloseReason reason) {}

    Books(ReentrantLock lock, PoolSettings settings, int loops, DoubleSupplier random) {
        this.lock = lock;
        this.settings = settings;
        this.configured = settings;
        remember(settings.times());
        this.idle = new IdleServers<>(loops);
        this.waiters = new WaitQueues<>(loops);
        this.random = random;
    }

    /// May be read without the lock.
    PoolSettings settings() {
        return settings;
    }

    /// What a client waits for whom no idle server is meant.
    WaitReason waitReason(Ticket<S> ticket) {
        if (paused) {
            return WaitReason.PAUSED;
        }
        if (ticket.hope == null) {
            return WaitReason.CONNECT;
        }
        boolean isFull = size() + connecting >= settings.size();
        return isFull ? WaitReason.FULL : ticket.hope == Ticket.Hope.GATE ? WaitReason.GATE : WaitReason.RETURN;
    }

    /// A server that came back, or is new, goes to a client that waited.
    void served(Ticket<S> ticket, S server, long now) {
        waitEnded(ticket, now);
        if (server.slot().place() != Place.NEW) {
            growth.handedOver();
        }
    }

    /// A client waits no more, served or not: what it hoped for may have come too late.
    void waitEnded(Ticket<S> ticket, long now) {
        var hope = ticket.hope;
        long patience = hope == null ? 0 : anticipation.budgetNanos(settings());
        if (patience > 0 && ticket.waitedNanos(now) > patience) {
            growth.outwaited(hope == Ticket.Hope.GATE);
        }
    }

    void change(PoolSettings changed) {
        configured = changed;
        int size = bound.applyAsInt(changed.size());
        settings = size == changed.size() ? changed : changed.sized(size);
        remember(changed.times());
    }

    /// Bounds the size, also that of later changes.
    void bound(IntUnaryOperator by) {
        bound = by;
        change(configured);
    }

    private void remember(PoolSettings.Times times) {
        lifetimeNanos = times.lifetime().toNanos();
        idleNanos = times.idle().toNanos();
        checkNanos = times.check().toNanos();
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

    /// Whether a server is left of those that were to end.
    boolean hasOldEpoch() {
        for (var server : all) {
            if (server.slot().epoch() != epoch) {
                return true;
            }
        }
        return false;
    }

    /// Whether a server is with a client, on its way to one, or being cleaned after one.
    boolean isInUse() {
        return all.size() > idle.size();
    }

    void enter(S server, long now) {
        server.slot().born(now, spread(), spread(), epoch);
        all.add(server);
    }

    void forget(S server, long now) {
        var slot = server.slot();
        slot.become(Place.GONE, now);
        all.remove(server);
        if (slot.isAging()) {
            aging--;
            successors = Math.max(0, successors - 1);
        }
    }

    // ---- succession: one that nears its end gets a successor before it ends

    /// Servers near their end whose successor is neither here nor ordered.
    int heirless() {
        return aging - successors - succeeding;
    }

    /// Servers that may be here or on their way beyond the pool's size, for a moment.
    int overshoot() {
        return successors + succeeding;
    }

    /// Whether the counts fit each other.
    boolean balance() {
        return succeeding >= 0 && succeeding <= connecting && successors >= 0 && successors <= aging;
    }

    void successorOrdered() {
        succeeding++;
    }

    void successorFailed() {
        succeeding--;
    }

    void successorArrived() {
        succeeding--;
        if (successors < aging) {
            successors++;
        }
    }

    /// Looks whether a server that comes back needs a successor: near its end when there is time to prepare,
    /// past it when clients wait, as it is kept then.
    ///
    /// @return whether one has to be ordered now
    boolean notesAge(S server, long now) {
        var slot = server.slot();
        if (slot.isAging() || paused || retired != null) {
            return false;
        }
        boolean prepares = lifetimeNanos >= MIN_PREPARED_LIFE_NANOS
                && waiters.size() == 0
                && idle.size() * 4 < settings.size()
                && slot.isOlderThan(lifetimeNanos / 100 * PREPARE_PERCENT, now);
        boolean isLate = waiters.size() > 0 && slot.isOlderThan(lifetimeNanos, now);
        if (prepares || isLate) {
            slot.age();
            aging++;
            return true;
        }
        return false;
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
        if (all.size() > settings.size() + successors) {
            return CloseReason.SHRUNK;
        }
        if (debt > 0 && slot.place() != Place.NEW) {
            debt--;
            return CloseReason.EVICTED;
        }
        return isTooOld(slot, now) ? CloseReason.LIFETIME : null;
    }

    /// While clients wait, an old server is better than none: it ends when its successor is here. Where none
    /// can be had, a cap on the database for instance, its end is put off but not for ever.
    private boolean isTooOld(PoolSlot slot, long now) {
        if (slot.isAging() && successors > 0) {
            return true;
        }
        if (!slot.isOlderThan(lifetimeNanos, now)) {
            return false;
        }
        return waiters.size() == 0
                || (isReachable && connecting == 0 && slot.isOlderThan(lifetimeNanos / 100 * LAST_PERCENT, now));
    }

    /// Takes out the idle servers that should not be lent again, whatever their age.
    List<Ended<S>> takeUnfit(long now) {
        var ended = new ArrayList<Ended<S>>();
        idle.takeIf(
                server -> {
                    var reason = reasonToEnd(server, now);
                    if (reason == null || reason == CloseReason.LIFETIME) {
                        return false;
                    }
                    // Forgotten at once: the next one's reason depends on how many are left.
                    forget(server, now);
                    ended.add(new Ended<>(server, reason));
                    return true;
                },
                Integer.MAX_VALUE);
        return ended;
    }

    /// Takes out the idle server that is beyond its lifetime or its idle timeout, the oldest one, or null.
    @Nullable
    Ended<S> takeExpired(long now) {
        if (waiters.size() > 0) {
            return null;
        }
        S oldest = null;
        CloseReason why = null;
        for (var server : all) {
            var slot = server.slot();
            if (slot.place() != Place.IDLE || (oldest != null && oldest.slot().bornNanos() - slot.bornNanos() <= 0)) {
                continue;
            }
            boolean surplus = all.size() > settings.minSize();
            var reason = isTooOld(slot, now)
                    ? CloseReason.LIFETIME
                    : surplus && slot.isIdleTooLong(idleNanos, now) ? CloseReason.IDLE : null;
            if (reason != null) {
                oldest = server;
                why = reason;
            }
        }
        return oldest == null || why == null ? null : takeOut(oldest, why, now);
    }

    // ---- what a cap on the database asks for

    /// Takes out the oldest idle server of at least that age if more than `keep` are left, or null.
    @Nullable
    Ended<S> takeEvicted(long minAgeNanos, int keep, long now) {
        if (all.size() <= keep) {
            return null;
        }
        S oldest = null;
        for (var server : all) {
            if (server.slot().place() == Place.IDLE
                    && now - server.slot().bornNanos() >= minAgeNanos
                    && (oldest == null
                            || server.slot().bornNanos() - oldest.slot().bornNanos() < 0)) {
                oldest = server;
            }
        }
        return oldest == null ? null : takeOut(oldest, CloseReason.EVICTED, now);
    }

    private Ended<S> takeOut(S server, CloseReason reason, long now) {
        idle.remove(server);
        forget(server, now);
        return new Ended<>(server, reason);
    }

    /// Servers that end when they are given back, for the sake of other pools.
    void owe(int servers) {
        debt = servers;
    }

    int debt() {
        return debt;
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

    /// Takes out idle servers that nobody has heard of for most of the check time, to be asked for a sign of life
    /// before somebody needs them.
    List<S> takeUnchecked(long now) {
        if (checkNanos <= 0) {
            return List.of();
        }
        int limit = (int) Math.max(MIN_CHECKS, idle.size() * SECOND_NANOS / checkNanos * 2);
        var unchecked = idle.takeIf(server -> now - server.slot().sinceNanos() > checkNanos / 4 * 3, limit);
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

    /// Whether a server was idle for so long that it has to be asked for a sign of life before it is lent.
    boolean isStale(S server, long now) {
        return checkNanos > 0 && now - server.slot().sinceNanos() > checkNanos;
    }

    PoolCounts counts(long now) {
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

    private double spread() {
        return 1 - SPREAD + 2 * SPREAD * random.getAsDouble();
    }
}
