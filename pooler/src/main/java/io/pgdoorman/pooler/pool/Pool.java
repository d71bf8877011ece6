package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.stats.WaitReason;
import io.pgdoorman.pooler.wire.PgError;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Lends servers to clients and takes them back: a freed server goes straight to the client that waits longest.
///
/// All books are guarded by one lock that is held for some hundred nanoseconds; nothing is called from inside
/// it. Clients borrow and give back on their own loop, and a server is lent on its loop: where none is idle
/// there, one of another loop is *moved* and stays, so that the loops settle where the demand is.
public final class Pool<S extends PoolServer> {
    private final ServerSource<S> source;
    private final LongSupplier clock;
    private final Books<S> books;
    private final ReentrantLock lock;
    private final Connecting<S> connecting;
    private final Waits<S> waits;
    private final Handover<S> handover;
    private final Care<S> care;
    private final Watches<S> watches;
    private final Seat seat;
    private final Seat outsiders;

    /// What a pool is made of besides its settings.
    ///
    /// @param name for messages: `database "shop", user "app"`
    /// @param clock nanoseconds, as System.nanoTime
    /// @param random uniform in 0..1, for the spread of lifetimes
    public record Parts<S>(
            String name, ServerSource<S> source, Coordinator coordinator, LongSupplier clock, DoubleSupplier random) {}

    public Pool(Parts<S> parts, PoolSettings settings) {
        this(parts, settings, new ReentrantLock());
    }

    Pool(Parts<S> parts, PoolSettings settings, ReentrantLock lock) {
        this.source = parts.source();
        this.clock = parts.clock();
        this.lock = lock;
        this.books = new Books<>(lock, settings, source.loops(), parts.random());
        var connects = new Connects<>(books, source, clock.getAsLong(), parts.random());
        this.waits = new Waits<>(parts.name(), books, connects, source, clock);
        this.handover = new Handover<>(books, waits, source, clock, this::lostOnTheWay);
        this.care = new Care<>(books, source, clock, this::giveBack);
        this.watches = new Watches<>(books);
        this.seat = Seat.at(parts.coordinator(), new PoolTenant<>(parts.name(), books, care, source));
        this.outsiders = Seat.at(parts.coordinator(), new OutsideTenant(parts.name(), source));
        this.connecting = new Connecting<>(books, connects, source, seat, clock, new Arrivals());
    }

    public PoolSettings settings() {
        return books.settings();
    }

    /// To be read under the lock only.
    Books<S> books() {
        return books;
    }

    // ---- clients

    /// Asks for a server on the caller's loop.
    public Borrowed<S> borrow(int loop, Borrower<S> borrower) {
        return borrow(loop, borrower, null);
    }

    /// Asks for a server on the caller's loop.
    ///
    /// @param used the borrower's ticket of a wait that has ended with the server it was for, or null
    public Borrowed<S> borrow(int loop, Borrower<S> borrower, @Nullable Ticket<S> used) {
        long now = clock.getAsLong();
        S stale = null;
        S elsewhere = null;
        Ticket<S> ticket;
        List<Connects.Order> due = List.of();
        WaitReason reason;
        lock.lock();
        try {
            var gone = books.retired();
            if (gone != null) {
                return new Borrowed.Refused<>(gone);
            }
            if (!books.isPaused() && books.waiters.isEmpty(loop)) {
                var server = books.idle.take(loop, settings().roundRobin());
                if (server == null) {
                    elsewhere = books.idle.takeElsewhere(loop);
                } else if (books.isStale(server, now)) {
                    stale = server;
                } else {
                    server.slot().become(Place.LENT, now);
                    books.pressure.found();
                    return new Borrowed.Lent<>(server);
                }
                if (elsewhere != null && books.isStale(elsewhere, now)) {
                    stale = elsewhere;
                    elsewhere = null;
                }
            }
            ticket = (used == null ? new Ticket<>(borrower) : used)
                    .drawn(loop, now, settings().waitTimeout().toNanos());
            if (elsewhere != null) {
                elsewhere.slot().become(Place.MOVING, now);
                ticket.open = false;
            } else {
                books.waiters.add(ticket);
                waits.arm(now, ticket.deadlineNanos);
            }
            if (stale != null) {
                stale.slot().become(Place.CHECKED, now);
                reason = WaitReason.CHECK;
                books.pressure.found();
            } else if (elsewhere == null) {
                books.pressure.waits();
                due = connecting.plan(now);
                ticket.hope = due.isEmpty() ? connecting.hope() : null;
                reason = books.waitReason(ticket);
            } else {
                books.pressure.waits();
                reason = WaitReason.MOVE;
            }
        } finally {
            lock.unlock();
        }
        if (elsewhere != null) {
            handover.move(elsewhere, ticket);
        } else if (stale != null) {
            care.probe(stale);
        }
        connecting.start(due);
        books.growth.waits(reason == WaitReason.CONNECT && seat.isShort() ? WaitReason.CAP : reason);
        return ticket.answer;
    }

    /// The client does not wait any more.
    ///
    /// @return false when a server is on its way: if it arrives, the borrower is called and has to give it back
    public boolean giveUp(Ticket<S> ticket) {
        lock.lock();
        try {
            ticket.givenUp = true;
            return books.waiters.remove(ticket);
        } finally {
            lock.unlock();
        }
    }

    /// Takes a server back, clean and idle; on the server's loop.
    public void giveBack(S server) {
        long now = clock.getAsLong();
        Ticket<S> next = null;
        CloseReason end;
        boolean ages;
        var kept = Watches.Kept.NONE;
        lock.lock();
        try {
            var slot = server.slot();
            if (slot.place() == Place.GONE) {
                return;
            }
            noteLease(server, now);
            ages = books.notesAge(server, now);
            end = books.reasonToEnd(server, now);
            if (end != null) {
                books.forget(server, now);
                kept = watches.due();
            } else {
                next = books.isPaused() ? null : books.waiters.takeFor(server.loop(), now);
                if (next != null) {
                    books.served(next, server, now);
                }
                if (next == null) {
                    slot.become(Place.IDLE, now);
                    books.idle.add(server);
                    kept = watches.due();
                } else {
                    slot.become(next.loop == server.loop() ? Place.LENT : Place.MOVING, now);
                }
            }
        } finally {
            lock.unlock();
        }
        kept.tell();
        if (end != null) {
            server.close(end);
        } else if (next != null) {
            handover.lend(server, next);
        } else if (seat.isShort()) {
            seat.idleReturned();
        }
        if (end != null || ages) {
            connecting.replenish();
        }
    }

    private void noteLease(S server, long now) {
        if (server.slot().place() == Place.LENT) {
            books.anticipation.leaseEnded(now - server.slot().sinceNanos());
        }
    }

    /// A lent server is between two clients for a moment: it is being reset.
    public void checking(S server) {
        long now = clock.getAsLong();
        lock.lock();
        try {
            if (server.slot().place() != Place.GONE) {
                noteLease(server, now);
                server.slot().become(Place.CHECKED, now);
            }
        } finally {
            lock.unlock();
        }
    }

    /// The server's connection is gone, whoever had it; any thread, once for each server.
    public void closed(S server) {
        boolean returnsPermit;
        lock.lock();
        try {
            returnsPermit = server.slot().takePermit();
        } finally {
            lock.unlock();
        }
        if (returnsPermit) {
            seat.release();
        }
        lost(server);
    }

    /// It cannot be lent any more.
    private void lost(S server) {
        Watches.Kept kept;
        lock.lock();
        try {
            if (server.slot().place() == Place.GONE) {
                return;
            }
            if (server.slot().place() == Place.IDLE) {
                books.idle.remove(server);
            }
            books.forget(server, clock.getAsLong());
            kept = watches.due();
        } finally {
            lock.unlock();
        }
        kept.tell();
        connecting.replenish();
    }

    private void lostOnTheWay(S server) {
        lost(server);
        serveWaiters();
    }

    /// What becomes of new servers.
    private final class Arrivals implements Connecting.Arrivals<S> {
        @Override
        public void arrived(S server) {
            giveBack(server);
        }

        @Override
        public void stillborn(S server) {
            lost(server);
            server.close(CloseReason.RETIRED);
        }
    }

    // ---- servers besides the pool

    /// Asks for the right to one more server of this user that is not the pool's, as a walsender is: it counts in the
    /// cap of the database all the same.
    public void permit(Outsider outsider) {
        outsiders.acquire(new Coordinator.Applicant() {
            @Override
            public void granted() {
                outsider.granted(outsiders::release);
            }

            @Override
            public void denied(PgError why) {
                outsider.denied(why);
            }
        });
    }

    /// Who wants a server besides the pool; told once, on any thread.
    public interface Outsider {
        /// @param release to be called once, when the server is gone or was never made
        void granted(Runnable release);

        void denied(PgError why);
    }

    // ---- care

    /// One duty cycle, about once a second: ends what must not be lent, checks what was idle for long, fills up.
    public void tick() {
        care.tick();
        connecting.keepPace();
        connecting.replenish();
    }

    /// Closes idle servers that are beyond their lifetime or idle timeout, oldest first; none while clients wait.
    ///
    /// @return how many were closed, at most `limit`
    public int retain(int limit) {
        int closed = care.retain(limit);
        if (closed > 0) {
            connecting.replenish();
        }
        return closed;
    }

    /// Idle servers that may be dead without knowing are asked for a sign of life before anybody gets them;
    /// lent ones are left to those who have them.
    public void suspect(Predicate<S> meant) {
        care.suspect(meant);
    }

    /// Idle servers that became unwanted end now; lent ones when they are given back.
    public void dismissUnwanted() {
        care.dismissUnwanted();
        connecting.replenish();
    }

    // ---- orders

    /// New borrows wait from now on; leases go on.
    ///
    /// @return true when no server is in use any more, false when the pause ended before
    public CompletionStage<Boolean> pause() {
        Watches.Kept kept;
        CompletionStage<Boolean> promise;
        lock.lock();
        try {
            books.setPaused(true);
            promise = watches.untilPaused();
            kept = watches.due();
        } finally {
            lock.unlock();
        }
        kept.tell();
        return promise;
    }

    public void resume() {
        Watches.Kept broken;
        lock.lock();
        try {
            books.setPaused(false);
            broken = watches.pauseEnded();
        } finally {
            lock.unlock();
        }
        broken.tell();
        serveWaiters();
    }

    /// Servers made before now end: idle ones at once, lent ones when they are given back.
    ///
    /// @return true when none of them is left
    public CompletionStage<Boolean> reconnect() {
        List<Books.Ended<S>> ended;
        Watches.Kept kept;
        CompletionStage<Boolean> promise;
        lock.lock();
        try {
            books.nextEpoch();
            ended = books.takeIdle(CloseReason.RECONNECT, clock.getAsLong(), Integer.MAX_VALUE);
            promise = watches.untilReconnected();
            kept = watches.due();
        } finally {
            lock.unlock();
        }
        Care.close(ended);
        kept.tell();
        connecting.replenish();
        return promise;
    }

    /// Nobody gets a server until [#resume], and all that there are end now, whoever has them.
    public void kill() {
        List<S> all;
        Watches.Kept kept;
        lock.lock();
        try {
            books.setPaused(true);
            all = books.servers();
            kept = watches.due();
        } finally {
            lock.unlock();
        }
        kept.tell();
        all.forEach(server -> server.close(CloseReason.KILLED));
    }

    /// @return true when none is left of the servers that [#reconnect] meant
    public CompletionStage<Boolean> untilReconnected() {
        Watches.Kept kept;
        CompletionStage<Boolean> promise;
        lock.lock();
        try {
            promise = watches.untilReconnected();
            kept = watches.due();
        } finally {
            lock.unlock();
        }
        kept.tell();
        return promise;
    }

    /// What its growth was made of since the beginning.
    public GrowthEvents growth() {
        return books.growth;
    }

    /// Changes the settings; surplus idle servers end at once.
    public void apply(PoolSettings changed) {
        change(() -> books.change(changed));
    }

    /// Bounds the size whatever the settings say: what is to be made of theirs.
    public void bound(IntUnaryOperator size) {
        change(() -> books.bound(size));
    }

    private void change(Runnable task) {
        List<Books.Ended<S>> ended;
        lock.lock();
        try {
            task.run();
            int surplus = Math.max(0, books.size() - books.settings().size());
            ended = books.takeIdle(CloseReason.SHRUNK, clock.getAsLong(), surplus);
        } finally {
            lock.unlock();
        }
        Care.close(ended);
        serveWaiters();
    }

    /// The pool ends: waiting clients get the error, servers close as they come back.
    public void retire(PgError why) {
        List<Ticket<S>> waiting;
        List<Books.Ended<S>> ended;
        Watches.Kept broken;
        lock.lock();
        try {
            books.retire(why);
            waiting = books.waiters.takeAll();
            ended = books.takeIdle(CloseReason.RETIRED, clock.getAsLong(), Integer.MAX_VALUE);
            broken = watches.pauseEnded();
        } finally {
            lock.unlock();
        }
        seat.leave();
        outsiders.leave();
        Care.close(ended);
        broken.tell();
        connecting.refuse(waiting, why);
    }

    /// Credentials became usable, or a pause ended: idle servers meet waiting clients, and connects start.
    public void serveWaiters() {
        handover.serveWaiters();
        connecting.replenish();
    }

    public PoolCounts counts() {
        long now = clock.getAsLong();
        lock.lock();
        try {
            return books.counts(now);
        } finally {
            lock.unlock();
        }
    }

    /// The servers of this moment.
    public List<S> servers() {
        lock.lock();
        try {
            return books.servers();
        } finally {
            lock.unlock();
        }
    }
}
