package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.wire.PgError;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// Lends servers to clients and takes them back: a freed server goes straight to the client that waits longest.
///
/// All books are guarded by one lock that is held for some hundred nanoseconds; nothing is called from inside it.
/// Clients borrow and give back on their own loop, and a server is lent on its loop: where none is idle there, one of
/// another loop is *moved* and stays, so that the loops settle where the demand is.
public final class Pool<S extends PoolServer> {
    /// Idle servers that are asked for a sign of life in one duty cycle.
    private static final int MAX_PROBES = 8;

    private final ServerSource<S> source;
    private final LongSupplier clock;
    private final Books<S> books;
    private final ReentrantLock lock;
    private final Connects<S> connects;
    private final Waits<S> waits;
    private final Handover<S> handover;

    /// @param name for messages: `database "shop", user "app"`
    /// @param clock nanoseconds, as System.nanoTime
    /// @param random uniform in 0..1, for the spread of lifetimes
    public Pool(String name, PoolSettings settings, ServerSource<S> source, LongSupplier clock, DoubleSupplier random) {
        this.source = source;
        this.clock = clock;
        this.books = new Books<>(settings, source.loops(), random);
        this.lock = books.lock;
        this.connects = new Connects<>(books, source, clock.getAsLong());
        this.waits = new Waits<>(name, books, connects, source, clock);
        this.handover = new Handover<>(books, waits, source, clock, this::lostOnTheWay);
    }

    public PoolSettings settings() {
        return books.settings();
    }

    // ---- clients

    /// Asks for a server on the caller's loop.
    public Borrowed<S> borrow(int loop, Borrower<S> borrower) {
        long now = clock.getAsLong();
        S elsewhere = null;
        Ticket<S> ticket;
        List<Integer> due = List.of();
        lock.lock();
        try {
            var gone = books.retired();
            if (gone != null) {
                return new Borrowed.Refused<>(gone);
            }
            if (!books.isPaused() && books.waiters.isEmpty(loop)) {
                var server = books.idle.take(loop, settings().roundRobin());
                if (server != null) {
                    server.slot().become(Place.LENT, now);
                    return new Borrowed.Lent<>(server);
                }
                elsewhere = books.idle.takeElsewhere(loop);
            }
            ticket = new Ticket<>(
                    borrower, loop, now, now + settings().waitTimeout().toNanos());
            if (elsewhere != null) {
                elsewhere.slot().become(Place.MOVING, now);
                ticket.open = false;
            } else {
                books.waiters.add(ticket);
                waits.arm(now, ticket.deadlineNanos);
                due = connects.plan(now, this::retry);
            }
        } finally {
            lock.unlock();
        }
        if (elsewhere != null) {
            handover.move(elsewhere, ticket);
        }
        due.forEach(this::connect);
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
        lock.lock();
        try {
            if (server.slot().place() == Place.GONE) {
                return;
            }
            end = books.reasonToEnd(server, now);
            if (end != null) {
                books.forget(server, now);
            } else {
                next = books.isPaused() ? null : books.waiters.takeFor(server.loop(), now);
                if (next == null) {
                    server.slot().become(Place.IDLE, now);
                    books.idle.add(server);
                } else {
                    server.slot().become(next.loop == server.loop() ? Place.LENT : Place.MOVING, now);
                }
            }
        } finally {
            lock.unlock();
        }
        if (end != null) {
            server.close(end);
            replenish();
        } else if (next != null) {
            handover.lend(server, next);
        }
    }

    /// A lent server is between two clients for a moment: it is being reset.
    public void checking(S server) {
        lock.lock();
        try {
            if (server.slot().place() != Place.GONE) {
                server.slot().become(Place.CHECKED, clock.getAsLong());
            }
        } finally {
            lock.unlock();
        }
    }

    /// The server's connection is gone, whoever had it; any thread.
    public void closed(S server) {
        lock.lock();
        try {
            if (server.slot().place() == Place.GONE) {
                return;
            }
            if (server.slot().place() == Place.IDLE) {
                books.idle.remove(server);
            }
            books.forget(server, clock.getAsLong());
        } finally {
            lock.unlock();
        }
        replenish();
    }

    private void lostOnTheWay(S server) {
        closed(server);
        serveWaiters();
    }

    // ---- connects

    private void connect(int loop) {
        source.connect(loop, new ServerSource.Callback<>() {
            @Override
            public void connected(S server) {
                enter(server);
            }

            @Override
            public void failed(ConnectFailure failure) {
                notConnected(failure);
            }
        });
    }

    private void enter(S server) {
        long now = clock.getAsLong();
        boolean wanted;
        lock.lock();
        try {
            connects.succeeded();
            books.enter(server, now);
            wanted = books.retired() == null;
        } finally {
            lock.unlock();
        }
        if (wanted && server.isOpen()) {
            giveBack(server);
        } else {
            closed(server);
            server.close(CloseReason.RETIRED);
        }
        replenish();
    }

    private void notConnected(ConnectFailure failure) {
        long now = clock.getAsLong();
        List<Ticket<S>> hopeless = List.of();
        lock.lock();
        try {
            connects.failed(failure.error(), now);
            if (!failure.temporary() && books.size() == 0) {
                hopeless = books.waiters.takeAll();
            }
        } finally {
            lock.unlock();
        }
        for (var ticket : hopeless) {
            source.run(ticket.loop, () -> ticket.borrower.refused(failure.error()));
        }
        replenish();
    }

    /// Starts what connects are due: after a server went, after settings changed, after a pause.
    private void replenish() {
        List<Integer> due;
        lock.lock();
        try {
            due = connects.plan(clock.getAsLong(), this::retry);
        } finally {
            lock.unlock();
        }
        due.forEach(this::connect);
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

    // ---- care

    /// One duty cycle, about once a second: ends what is too old, checks what was idle for long, fills up.
    ///
    /// @param mayClose how many expired idle servers may be closed now
    /// @return how many were
    public int tick(int mayClose) {
        long now = clock.getAsLong();
        List<Books.Ended<S>> ended;
        List<S> asked;
        lock.lock();
        try {
            ended = books.takeEnded(now, mayClose);
            asked = books.takeUnchecked(now, MAX_PROBES);
        } finally {
            lock.unlock();
        }
        close(ended);
        probe(asked);
        replenish();
        return ended.size();
    }

    /// Idle servers that may be dead without knowing are asked for a sign of life before anybody gets them; lent ones
    /// are left to those who have them.
    public void suspect(Predicate<S> meant) {
        List<S> suspects;
        lock.lock();
        try {
            suspects = books.takeSuspects(meant, clock.getAsLong());
        } finally {
            lock.unlock();
        }
        probe(suspects);
    }

    /// Idle servers that became unwanted end now; lent ones when they are given back.
    public void dismissUnwanted() {
        List<Books.Ended<S>> ended;
        lock.lock();
        try {
            ended = books.takeUnwanted(clock.getAsLong());
        } finally {
            lock.unlock();
        }
        close(ended);
        replenish();
    }

    private void probe(List<S> asked) {
        for (var server : asked) {
            source.run(
                    server.loop(),
                    () -> server.probe(alive -> {
                        if (alive) {
                            giveBack(server);
                        }
                    }));
        }
    }

    private void close(List<Books.Ended<S>> ended) {
        ended.forEach(each -> each.server().close(each.reason()));
    }

    // ---- orders

    /// New borrows wait from now on; leases go on.
    public void pause() {
        setPaused(true);
    }

    public void resume() {
        setPaused(false);
        serveWaiters();
    }

    private void setPaused(boolean on) {
        lock.lock();
        try {
            books.setPaused(on);
        } finally {
            lock.unlock();
        }
    }

    /// Servers made before now end: idle ones at once, lent ones when they are given back.
    public void reconnect() {
        List<Books.Ended<S>> ended;
        lock.lock();
        try {
            books.nextEpoch();
            ended = books.takeIdle(CloseReason.RECONNECT, clock.getAsLong(), Integer.MAX_VALUE);
        } finally {
            lock.unlock();
        }
        close(ended);
        replenish();
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
        close(ended);
        serveWaiters();
    }

    /// The pool ends: waiting clients get the error, servers close as they come back.
    public void retire(PgError why) {
        List<Ticket<S>> waiting;
        List<Books.Ended<S>> ended;
        lock.lock();
        try {
            books.retire(why);
            waiting = books.waiters.takeAll();
            ended = books.takeIdle(CloseReason.RETIRED, clock.getAsLong(), Integer.MAX_VALUE);
        } finally {
            lock.unlock();
        }
        close(ended);
        for (var ticket : waiting) {
            source.run(ticket.loop, () -> ticket.borrower.refused(why));
        }
    }

    public boolean isRetired() {
        lock.lock();
        try {
            return books.retired() != null;
        } finally {
            lock.unlock();
        }
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
            return books.counts(connects.underWay(), now);
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
