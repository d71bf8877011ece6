package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.wire.PgError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// Decides how many connects to start, where and when: never more servers than the pool's size, never a storm,
/// not for clients that will soon get a server that comes back, and after a failure not at once. Guarded by the
/// pool's lock.
final class Connects<S extends PoolServer> {
    /// After a failed connect the next one waits this long, doubled up to [#MAX_BACKOFF_NANOS].
    private static final long MIN_BACKOFF_NANOS = 10_000_000;

    private static final long MAX_BACKOFF_NANOS = 1_000_000_000;

    private static final long DENIED_PAUSE_NANOS = 50_000_000;

    /// Timers closer together than this are one.
    private static final long GRAIN_NANOS = 1_000_000;

    /// Successors that may be here or on their way beyond the pool's size; while clients wait, one at a time.
    private static final int MAX_OVERSHOOT = 3;

    private final Books<S> books;
    private final ServerSource<S> source;
    private final DoubleSupplier random;
    private long backoffNanos;
    private long notBeforeNanos;
    private boolean armed;
    private long dueNanos;
    private @Nullable PgError lastFailure;

    /// A connect that was decided on.
    ///
    /// @param need what it is for
    record Order(int loop, Need need) {
        boolean successor() {
            return need == Need.SUCCESSOR;
        }
    }

    enum Need {
        /// Clients that wait, or the minimum.
        DEMAND,
        /// Clients that will: it is of use though nobody waits at the moment.
        PACE,
        /// A server that nears its end: it may come on top of the pool's size.
        SUCCESSOR
    }

    Connects(Books<S> books, ServerSource<S> source, long now, DoubleSupplier random) {
        this.books = books;
        this.source = source;
        this.notBeforeNanos = now;
        this.random = random;
    }

    /// Why the last connect failed, or null when none failed since the last success.
    @Nullable
    PgError lastFailure() {
        return lastFailure;
    }

    /// What a client hopes for whom no connect is begun now.
    Ticket.Hope hope() {
        return gate() > 0 ? Ticket.Hope.RETURN : Ticket.Hope.GATE;
    }

    /// After a failure one at a time: PostgreSQL that comes back should not be met by all at once.
    private int gate() {
        return (books.isReachable ? books.settings().growth().maxParallelConnects() : 1) - books.connecting;
    }

    /// The connects to start now; each counts as under way from here on.
    ///
    /// @param spacious whether there is room for servers beyond the pool's size
    /// @param retry called later when time has to pass first
    List<Order> plan(long now, boolean spacious, Runnable retry) {
        if (books.isPaused() || books.retired() != null || (!source.isReady() && books.waiters.size() == 0)) {
            return List.of();
        }
        int gate = gate();
        if (gate <= 0) {
            books.growth.gated(
                    books.waiters.size() > books.connecting,
                    books.size() < books.settings().minSize());
            return List.of();
        }
        int heirs = spacious ? Math.min(gate, heirs()) : 0;
        int room =
                Math.min(gate - heirs, books.settings().size() + books.overshoot() - books.size() - books.connecting);
        int count = room <= 0 ? 0 : wanted(room, now, retry);
        if (heirs + count == 0) {
            return List.of();
        }
        if (now - notBeforeNanos < 0) {
            arm(notBeforeNanos - now, now, retry);
            return List.of();
        }
        var orders = new ArrayList<Order>(heirs + count);
        var oldest = books.waiters.oldest();
        int first = oldest == null ? books.size() % source.loops() : oldest.loop;
        for (int i = 0; i < heirs + count; i++) {
            orders.add(new Order((first + i) % source.loops(), i < heirs ? Need.SUCCESSOR : Need.DEMAND));
        }
        books.connecting += orders.size();
        books.growth.started(orders.size());
        for (int i = 0; i < heirs; i++) {
            books.successorOrdered();
        }
        return orders;
    }

    /// The connects to start though nobody waits for long: as many as may be under way, below the pool's size.
    List<Order> planAhead(long now) {
        int room = books.settings().size() + books.overshoot() - books.size() - books.connecting;
        int count = Math.min(gate(), room);
        if (count <= 0 || books.isPaused() || books.retired() != null || now - notBeforeNanos < 0) {
            return List.of();
        }
        var orders = new ArrayList<Order>(count);
        for (int i = 0; i < count; i++) {
            orders.add(new Order((books.size() + i) % source.loops(), Need.PACE));
        }
        books.connecting += count;
        books.growth.started(count);
        return orders;
    }

    private int heirs() {
        int most = (books.waiters.size() > 0 ? 1 : MAX_OVERSHOOT) - books.overshoot();
        return Math.max(0, Math.min(most, books.heirless()));
    }

    /// How many of `room` are wanted: up to the minimum, for each that waits in a cold pool, and in a warm one
    /// for those that wait for longer than a server should need to come back.
    private int wanted(int room, long now, Runnable retry) {
        var settings = books.settings();
        int have = books.size() + books.connecting;
        int unserved = books.waiters.size() - books.connecting;
        int atOnce = Math.max(settings.minSize() - have, Math.min(unserved, settings.warmSize() - have));
        if (unserved > Math.max(0, atOnce) && atOnce < room) {
            long patience = books.anticipation.budgetNanos(settings);
            int overdue = books.waiters.countOverdue(patience, now, books.connecting + room) - books.connecting;
            int impatient = Math.min(overdue, unserved);
            if (impatient > atOnce) {
                books.growth.impatient(Math.max(0, Math.min(impatient, room) - Math.max(0, atOnce)));
                atOnce = impatient;
            }
            if (atOnce < room && unserved > Math.max(0, atOnce)) {
                long next = books.waiters.nanosUntilOverdue(patience, now);
                if (next != Long.MAX_VALUE) {
                    arm(next, now, retry);
                }
            }
        }
        return Math.clamp(atOnce, 0, room);
    }

    /// Whether a connect that had to wait for its permit is still of use.
    boolean isWanted(Order order) {
        int others = books.connecting - 1;
        return books.retired() == null
                && (order.need() != Need.DEMAND
                        || books.waiters.size() > others
                        || books.size() + others < books.settings().minSize());
    }

    void succeeded(Order order, long nanos) {
        books.connecting--;
        books.isReachable = true;
        backoffNanos = 0;
        lastFailure = null;
        books.anticipation.connected(nanos);
        if (order.successor()) {
            books.successorArrived();
        }
    }

    void failed(Order order, PgError error, long now) {
        withdrawn(order);
        lastFailure = error;
        books.isReachable = false;
        backoffNanos = Math.min(MAX_BACKOFF_NANOS, Math.max(MIN_BACKOFF_NANOS, backoffNanos * 2));
        // Spread, so that the pools of a server that comes back do not knock in step.
        notBeforeNanos = now + (long) (backoffNanos * (0.75 + 0.5 * random.getAsDouble()));
    }

    /// There was no permit for it; asking again at once would have the same end.
    void denied(Order order, PgError why, long now) {
        withdrawn(order);
        lastFailure = why;
        notBeforeNanos = now + DENIED_PAUSE_NANOS;
    }

    void withdrawn(Order order) {
        books.connecting--;
        if (order.successor()) {
            books.successorFailed();
        }
    }

    void retrying() {
        armed = false;
    }

    private void arm(long delayNanos, long now, Runnable retry) {
        long delay = Math.max(GRAIN_NANOS, delayNanos);
        if (armed && dueNanos - (now + delay) <= 0) {
            return;
        }
        armed = true;
        dueNanos = now + delay;
        source.later(retry, delay);
    }
}
