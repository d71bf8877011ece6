package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Lends servers to clients and takes them back: a freed server goes straight to the client that waits longest.
///
/// All books are guarded by one lock that is held for some hundred nanoseconds; nothing is called from inside it.
/// Clients borrow and give back on their own loop, and a server is lent on its loop: where none is idle there, one of
/// another loop is *moved* and stays, so that the loops settle where the demand is.
public final class Pool<S extends PoolServer> {
    /// After a failed connect the next one waits this long, doubled up to [#MAX_BACKOFF_NANOS].
    private static final long MIN_BACKOFF_NANOS = 10_000_000;

    private static final long MAX_BACKOFF_NANOS = 1_000_000_000;
    private static final double SPREAD = 0.2;

    private final ReentrantLock lock = new ReentrantLock();
    private final String name;
    private final ServerSource<S> source;
    private final LongSupplier clock;
    private final DoubleSupplier random;
    private final IdleServers<S> idle;
    private final WaitQueues<S> waiters;
    private final Set<S> all = Collections.newSetFromMap(new IdentityHashMap<>());
    private volatile PoolSettings settings;
    private int connecting;
    private long backoffNanos;
    private long noConnectBeforeNanos;
    private boolean retryArmed;
    private boolean timerArmed;
    private boolean paused;
    private long epoch;
    private @Nullable PgError retired;
    private @Nullable PgError lastFailure;

    /// @param name for messages: `database "shop", user "app"`
    /// @param clock nanoseconds, as System.nanoTime
    /// @param random uniform in 0..1, for the spread of lifetimes
    public Pool(String name, PoolSettings settings, ServerSource<S> source, LongSupplier clock, DoubleSupplier random) {
        this.name = name;
        this.settings = settings;
        this.source = source;
        this.clock = clock;
        this.random = random;
        this.idle = new IdleServers<>(source.loops());
        this.waiters = new WaitQueues<>(source.loops());
        this.noConnectBeforeNanos = clock.getAsLong();
    }

    public PoolSettings settings() {
        return settings;
    }

    // ---- clients

    /// Asks for a server on the caller's loop.
    public Borrowed<S> borrow(int loop, Borrower<S> borrower) {
        long now = clock.getAsLong();
        S elsewhere = null;
        Ticket<S> ticket;
        List<Integer> connects = List.of();
        lock.lock();
        try {
            var gone = retired;
            if (gone != null) {
                return new Borrowed.Refused<>(gone);
            }
            if (!paused && waiters.isEmpty(loop)) {
                var server = idle.take(loop, settings.roundRobin());
                if (server != null) {
                    server.slot().become(Place.LENT, now);
                    return new Borrowed.Lent<>(server);
                }
                elsewhere = idle.takeElsewhere(loop);
            }
            ticket = new Ticket<>(
                    borrower, loop, now, now + settings.waitTimeout().toNanos());
            if (elsewhere != null) {
                elsewhere.slot().become(Place.MOVING, now);
                ticket.open = false;
            } else {
                waiters.add(ticket);
                armTimer(settings.waitTimeout().toNanos());
                connects = planConnects(now);
            }
        } finally {
            lock.unlock();
        }
        if (elsewhere != null) {
            move(elsewhere, ticket);
        }
        connects.forEach(this::connect);
        return new Borrowed.Waiting<>(ticket);
    }

    /// The client does not wait any more.
    ///
    /// @return false when a server is already on its way: the borrower will be called and has to give it back
    public boolean giveUp(Ticket<S> ticket) {
        lock.lock();
        try {
            return waiters.remove(ticket);
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
            end = reasonToEnd(server, now);
            if (end != null) {
                forget(server, now);
            } else {
                next = paused ? null : waiters.takeFor(server.loop(), now);
                if (next == null) {
                    server.slot().become(Place.IDLE, now);
                    idle.add(server);
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
            handOver(server, next);
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
                idle.remove(server);
            }
            forget(server, clock.getAsLong());
        } finally {
            lock.unlock();
        }
        replenish();
    }

    private void handOver(S server, Ticket<S> next) {
        if (next.loop == server.loop()) {
            next.borrower.lent(server);
        } else {
            move(server, next);
        }
    }

    private void move(S server, Ticket<S> next) {
        source.run(server.loop(), () -> server.moveTo(next.loop, moved -> arrived(server, next, moved)));
    }

    private void arrived(S server, Ticket<S> next, boolean moved) {
        boolean usable;
        lock.lock();
        try {
            usable = moved && server.slot().place() != Place.GONE;
            if (usable) {
                server.slot().become(Place.LENT, clock.getAsLong());
            }
        } finally {
            lock.unlock();
        }
        if (usable) {
            next.borrower.lent(server);
        } else {
            closed(server);
            // Its turn was taken from it: ask again in its name, with the time it had left.
            source.run(next.loop, () -> askAgain(next));
        }
    }

    private void askAgain(Ticket<S> ticket) {
        switch (borrow(ticket.loop, ticket.borrower)) {
            case Borrowed.Lent<S>(var server) -> ticket.borrower.lent(server);
            case Borrowed.Refused<S>(var error) -> ticket.borrower.refused(error);
            case Borrowed.Waiting<S> _ -> {}
        }
    }

    // ---- connects

    /// How many connects to start, and on which loops. Under the lock.
    private List<Integer> planConnects(long now) {
        int wanted = Math.max(waiters.size() - connecting, settings.minSize() - all.size() - connecting);
        int room = Math.min(settings.size() - all.size() - connecting, settings.maxParallelConnects() - connecting);
        int count = Math.min(wanted, room);
        if (count <= 0 || paused || retired != null || !source.isReady()) {
            return List.of();
        }
        if (now - noConnectBeforeNanos < 0) {
            armRetry(noConnectBeforeNanos - now);
            return List.of();
        }
        var loops = new ArrayList<Integer>(count);
        var oldest = waiters.oldest();
        int first = oldest == null ? all.size() % source.loops() : oldest.loop;
        for (int i = 0; i < count; i++) {
            loops.add((first + i) % source.loops());
        }
        connecting += count;
        return loops;
    }

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
            connecting--;
            backoffNanos = 0;
            lastFailure = null;
            var times = settings.times();
            server.slot().born(now, spread(times.lifetime()), spread(times.idle()), epoch);
            all.add(server);
            wanted = retired == null;
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
            connecting--;
            lastFailure = failure.error();
            backoffNanos = Math.min(MAX_BACKOFF_NANOS, Math.max(MIN_BACKOFF_NANOS, backoffNanos * 2));
            noConnectBeforeNanos = now + backoffNanos;
            if (!failure.temporary() && all.isEmpty()) {
                hopeless = waiters.takeAll();
            } else if (waiters.size() > 0) {
                armRetry(backoffNanos);
            }
        } finally {
            lock.unlock();
        }
        for (var ticket : hopeless) {
            source.run(ticket.loop, () -> ticket.borrower.refused(failure.error()));
        }
    }

    /// Starts what connects are due: after a server went, after settings changed, after a pause.
    private void replenish() {
        List<Integer> connects;
        lock.lock();
        try {
            connects = planConnects(clock.getAsLong());
        } finally {
            lock.unlock();
        }
        connects.forEach(this::connect);
    }

    private void armRetry(long delayNanos) {
        if (!retryArmed) {
            retryArmed = true;
            source.later(this::retry, delayNanos);
        }
    }

    private void retry() {
        lock.lock();
        try {
            retryArmed = false;
        } finally {
            lock.unlock();
        }
        replenish();
    }

    // ---- the end of a wait

    private void armTimer(long delayNanos) {
        if (!timerArmed) {
            timerArmed = true;
            source.later(this::expireWaiters, delayNanos);
        }
    }

    private void expireWaiters() {
        long now = clock.getAsLong();
        var expired = new ArrayList<Ticket<S>>();
        PgError error;
        lock.lock();
        try {
            timerArmed = false;
            Ticket<S> ticket;
            while ((ticket = waiters.takeExpired(now)) != null) {
                expired.add(ticket);
            }
            var oldest = waiters.oldest();
            if (oldest != null) {
                armTimer(Math.max(1_000_000, oldest.deadlineNanos - now));
            }
            error = waitTimedOut();
        } finally {
            lock.unlock();
        }
        for (var ticket : expired) {
            source.run(ticket.loop, () -> ticket.borrower.refused(error));
        }
    }

    private PgError waitTimedOut() {
        var failure = lastFailure;
        var error = PgError.error(
                SqlState.TOO_MANY_CONNECTIONS,
                "no server for " + name + " within query_wait_timeout ("
                        + settings.waitTimeout().toMillis() + " ms)");
        return error.withDetail((paused ? "The pool is paused. " : "")
                + "Servers: " + all.size() + " of " + settings.size() + ", idle " + idle.size() + ", connecting "
                + connecting + "; clients waiting " + waiters.size() + "."
                + (failure == null ? "" : " Last connect failed: " + failure.message()));
    }

    // ---- care

    /// One duty cycle, about once a second: ends what is too old, checks what was idle for long, fills up.
    ///
    /// @param mayClose how many expired idle servers may be closed now
    /// @return how many were
    public int tick(int mayClose) {
        long now = clock.getAsLong();
        List<S> ended;
        List<S> asked = List.of();
        lock.lock();
        try {
            ended = idle.takeIf(server -> reasonToEnd(server, now) != null, mayClose);
            ended.forEach(server -> forget(server, now));
            long check = settings.times().check().toNanos();
            if (check > 0) {
                asked = idle.takeIf(server -> now - server.slot().sinceNanos() > check, 8);
                asked.forEach(server -> server.slot().become(Place.CHECKED, now));
            }
        } finally {
            lock.unlock();
        }
        ended.forEach(server -> server.close(CloseReason.LIFETIME));
        for (var server : asked) {
            source.run(
                    server.loop(),
                    () -> server.probe(alive -> {
                        if (alive) {
                            giveBack(server);
                        }
                    }));
        }
        replenish();
        return ended.size();
    }

    /// Why a server should not be lent again, or null. Under the lock.
    private @Nullable CloseReason reasonToEnd(S server, long now) {
        if (retired != null) {
            return CloseReason.RETIRED;
        }
        if (!server.isOpen()) {
            return CloseReason.PEER;
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

    private void forget(S server, long now) {
        server.slot().become(Place.GONE, now);
        all.remove(server);
    }

    private long spread(Duration limit) {
        if (limit.isZero()) {
            return Long.MAX_VALUE;
        }
        return (long) (limit.toNanos() * (1 - SPREAD + 2 * SPREAD * random.getAsDouble()));
    }

    // ---- orders

    /// New borrows wait from now on; leases go on.
    public void pause() {
        lock.lock();
        try {
            paused = true;
        } finally {
            lock.unlock();
        }
    }

    public void resume() {
        lock.lock();
        try {
            paused = false;
        } finally {
            lock.unlock();
        }
        serveWaiters();
    }

    /// Servers made before now end: idle ones at once, lent ones when they are given back.
    public void reconnect() {
        List<S> ended;
        long now = clock.getAsLong();
        lock.lock();
        try {
            epoch++;
            ended = idle.takeIf(_ -> true, Integer.MAX_VALUE);
            ended.forEach(server -> forget(server, now));
        } finally {
            lock.unlock();
        }
        ended.forEach(server -> server.close(CloseReason.RECONNECT));
        replenish();
    }

    /// Changes the settings; surplus idle servers end at once.
    public void apply(PoolSettings changed) {
        List<S> ended;
        long now = clock.getAsLong();
        lock.lock();
        try {
            settings = changed;
            int surplus = all.size() - changed.size();
            ended = surplus > 0 ? idle.takeIf(_ -> true, surplus) : List.of();
            ended.forEach(server -> forget(server, now));
        } finally {
            lock.unlock();
        }
        ended.forEach(server -> server.close(CloseReason.SHRUNK));
        serveWaiters();
    }

    /// The pool ends: waiting clients get the error, servers close as they come back.
    public void retire(PgError why) {
        List<Ticket<S>> waiting;
        List<S> ended;
        long now = clock.getAsLong();
        lock.lock();
        try {
            retired = why;
            waiting = waiters.takeAll();
            ended = idle.takeIf(_ -> true, Integer.MAX_VALUE);
            ended.forEach(server -> forget(server, now));
        } finally {
            lock.unlock();
        }
        ended.forEach(server -> server.close(CloseReason.RETIRED));
        for (var ticket : waiting) {
            source.run(ticket.loop, () -> ticket.borrower.refused(why));
        }
    }

    public boolean isRetired() {
        lock.lock();
        try {
            return retired != null;
        } finally {
            lock.unlock();
        }
    }

    /// Credentials became usable, or a pause ended: idle servers meet waiting clients, and connects start.
    public void serveWaiters() {
        while (true) {
            S server;
            Ticket<S> next;
            long now = clock.getAsLong();
            lock.lock();
            try {
                var oldest = paused ? null : waiters.oldest();
                if (oldest == null || idle.size() == 0) {
                    break;
                }
                var own = idle.take(oldest.loop, settings.roundRobin());
                server = own == null ? idle.takeElsewhere(oldest.loop) : own;
                if (server == null) {
                    break;
                }
                next = waiters.takeFor(oldest.loop, now);
                server.slot().become(Place.MOVING, now);
            } finally {
                lock.unlock();
            }
            if (next != null) {
                lendOnItsLoop(server, next);
            }
        }
        replenish();
    }

    private void lendOnItsLoop(S server, Ticket<S> next) {
        if (next.loop == server.loop()) {
            source.run(next.loop, () -> arrived(server, next, server.isOpen()));
        } else {
            move(server, next);
        }
    }

    public PoolCounts counts() {
        long now = clock.getAsLong();
        lock.lock();
        try {
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
            return new PoolCounts(
                    lent, idle.size(), checked, connecting, waiters.size(), oldestWait, oldestLease, paused);
        } finally {
            lock.unlock();
        }
    }

    /// The servers of this moment.
    public List<S> servers() {
        lock.lock();
        try {
            return List.copyOf(all);
        } finally {
            lock.unlock();
        }
    }
}
