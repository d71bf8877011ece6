package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.wire.PgError;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// Lends servers to clients and takes them back: a freed server goes straight to the client that waits longest.
///
/// All books are guarded by one lock that is held for some hundred nanoseconds; nothing is called from inside it.
/// Clients borrow and give back on their own loop, and a server is lent on its loop: where none is idle there,
/// one of
/// another loop is *moved* and stays, so that the loops settle where the demand is.
public final class Pool<S extends PoolServer> {
    /// Permits of the database that must be free before a server gets a successor in advance.
    private static final int HEADROOM = 2;

    private final String name;
    private final ServerSource<S> source;
    private final LongSupplier clock;
    private final Books<S> books;
    private final ReentrantLock lock;
    private final Connects<S> connects;
    private final Waits<S> waits;
    private final Handover<S> handover;
    private final Care<S> care;
    private final Watches<S> watches;
    private final Coordinator coordinator;
    private final Coordinator.Member member;

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
        this.name = parts.name();
        this.source = parts.source();
        this.clock = parts.clock();
        this.lock = lock;
        this.coordinator = parts.coordinator();
        this.books = new Books<>(lock, settings, source.loops(), parts.random());
        this.connects = new Connects<>(books, source, clock.getAsLong(), parts.random());
        this.waits = new Waits<>(name, books, connects, source, clock);
        this.handover = new Handover<>(books, waits, source, clock, this::lostOnTheWay);
        this.care = new Care<>(books, source, clock, this::giveBack);
        this.watches = new Watches<>(books);
        this.member = coordinator.join(new Tenancy());
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
        long now = clock.getAsLong();
        S stale = null;
        S elsewhere = null;
        Ticket<S> ticket;
        List<Connects.Order> due = List.of();
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
                    return new Borrowed.Lent<>(server);
                }
                if (elsewhere != null && books.isStale(elsewhere, now)) {
                    stale = elsewhere;
                    elsewhere = null;
                }
            }
            ticket = new Ticket<>(
                    borrower, loop, now, now + settings().waitTimeout().toNanos());
            if (elsewhere != null) {
                elsewhere.slot().become(Place.MOVING, now);
                ticket.open = false;
            } else {
                books.waiters.add(ticket);
                waits.arm(now, ticket.deadlineNanos);
            }
            if (stale != null) {
                stale.slot().become(Place.CHECKED, now);
            } else if (elsewhere == null) {
                due = connects.plan(now, false, this::retry);
            }
        } finally {
            lock.unlock();
        }
        if (elsewhere != null) {
            handover.move(elsewhere, ticket);
        } else if (stale != null) {
            care.probe(stale);
        }
        start(due);
        return new Borrowed.Waiting<>(ticket);
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
        } else if (coordinator.isShort()) {
            coordinator.idleReturned();
        }
        if (end != null || ages) {
            replenish();
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
            coordinator.release(member);
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
        replenish();
    }

    private void lostOnTheWay(S server) {
        lost(server);
        serveWaiters();
    }

    // ---- connects

    /// Starts what connects are due: somebody waits, a server went, settings changed, a pause ended.
    private void replenish() {
        List<Connects.Order> due;
        boolean spacious = coordinator.hasRoomFor(HEADROOM);
        lock.lock();
        try {
            due = connects.plan(clock.getAsLong(), spacious, this::retry);
        } finally {
            lock.unlock();
        }
        start(due);
    }

    private void start(List<Connects.Order> due) {
        due.forEach(order -> coordinator.acquire(member, new Connect(order)));
    }

    private void retry() {
        lock.lock();
        try {
            connects.retrying();
        } finally {
            lock.unlock();
        }
        replenish();
    }

    /// One connect, from the wait for its permit to its end.
    private final class Connect implements Coordinator.Applicant, ServerSource.Callback<S> {
        private final Connects.Order order;
        private final long askedNanos = clock.getAsLong();
        private long begunNanos;

        Connect(Connects.Order order) {
            this.order = order;
        }

        @Override
        public void granted() {
            boolean wanted;
            lock.lock();
            try {
                wanted = connects.isWanted(order);
                if (!wanted) {
                    connects.withdrawn(order);
                }
            } finally {
                lock.unlock();
            }
            if (wanted) {
                begunNanos = clock.getAsLong();
                source.connect(order.loop(), this);
            } else {
                coordinator.release(member);
            }
        }

        @Override
        public void denied(PgError why) {
            List<Ticket<S>> hopeless = List.of();
            long now = clock.getAsLong();
            lock.lock();
            try {
                connects.denied(order, why, now);
                if (books.size() == 0) {
                    hopeless = books.waiters.takeOverdue(now - askedNanos, now);
                }
            } finally {
                lock.unlock();
            }
            refuse(hopeless, why);
            replenish();
        }

        @Override
        public void connected(S server) {
            long now = clock.getAsLong();
            boolean wanted;
            lock.lock();
            try {
                connects.succeeded(order, now - begunNanos);
                books.enter(server, now);
                wanted = books.retired() == null && server.isOpen();
            } finally {
                lock.unlock();
            }
            if (wanted) {
                giveBack(server);
                replenish();
            } else {
                lost(server);
                server.close(CloseReason.RETIRED);
            }
        }

        @Override
        public void failed(ConnectFailure failure) {
            List<Ticket<S>> hopeless = List.of();
            lock.lock();
            try {
                connects.failed(order, failure.error(), clock.getAsLong());
                if (!failure.temporary() && books.size() == 0) {
                    hopeless = books.waiters.takeAll();
                }
            } finally {
                lock.unlock();
            }
            coordinator.release(member);
            refuse(hopeless, failure.error());
            replenish();
        }
    }

    private void refuse(List<Ticket<S>> tickets, PgError why) {
        for (var ticket : tickets) {
            source.run(ticket.loop, () -> ticket.borrower.refused(why));
        }
    }

    // ---- care

    /// One duty cycle, about once a second: ends what must not be lent, checks what was idle for long, fills up.
    public void tick() {
        care.tick();
        replenish();
    }

    /// Closes idle servers that are beyond their lifetime or idle timeout, oldest first; none while clients wait.
    ///
    /// @return how many were closed, at most `limit`
    public int retain(int limit) {
        int closed = care.retain(limit);
        if (closed > 0) {
            replenish();
        }
        return closed;
    }

    /// Idle servers that may be dead without knowing are asked for a sign of life before anybody gets them;
    /// lent ones
    /// are left to those who have them.
    public void suspect(Predicate<S> meant) {
        care.suspect(meant);
    }

    /// Idle servers that became unwanted end now; lent ones when they are given back.
    public void dismissUnwanted() {
        care.dismissUnwanted();
        replenish();
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
        replenish();
        return promise;
    }

    /// Changes the settings; surplus idle servers end at once.
    public void apply(PoolSettings changed) {
        List<Books.Ended<S>> ended;
        lock.lock();
        try {
            books.change(changed);
            int surplus = Math.max(0, books.size() - changed.size());
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
        coordinator.leave(member);
        Care.close(ended);
        broken.tell();
        refuse(waiting, why);
    }

    /// Credentials became usable, or a pause ended: idle servers meet waiting clients, and connects start.
    public void serveWaiters() {
        handover.serveWaiters();
        replenish();
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

    // ---- as its database's coordinator sees it

    private final class Tenancy implements Tenant {
        @Override
        public String name() {
            return name;
        }

        @Override
        public Standing standing() {
            lock.lock();
            try {
                return new Standing(
                        books.size(),
                        books.debt(),
                        books.settings().minSize(),
                        books.waiters.size(),
                        books.anticipation.leaseP95Nanos());
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean evictIdle(long minAgeNanos, int keep) {
            return care.evict(minAgeNanos, keep);
        }

        @Override
        public void owe() {
            lock.lock();
            try {
                books.owe(books.debt() + 1);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public int forgive() {
            lock.lock();
            try {
                int owed = books.debt();
                books.owe(0);
                return owed;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void later(Runnable task, long delayNanos) {
            source.later(task, delayNanos);
        }
    }
}
