package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.wire.PgError;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Carries out what [Connects] decides: each connect waits for its permit, is made, and ends as a server of the pool or
/// as a failure that clients may have to be told. Takes the pool's lock.
final class Connecting<S extends PoolServer> {
    /// Permits of the database that must be free before a server gets a successor in advance.
    private static final int HEADROOM = 2;

    private final Books<S> books;
    private final ReentrantLock lock;
    private final Connects<S> connects;
    private final ServerSource<S> source;
    private final Seat seat;
    private final LongSupplier clock;
    private final Arrivals<S> arrivals;
    private final Runnable retry = this::retry;

    /// Who takes new servers over, on their loops.
    interface Arrivals<S> {
        void arrived(S server);

        /// It is in the books, and nobody wants it any more.
        void stillborn(S server);
    }

    Connecting(
            Books<S> books,
            Connects<S> connects,
            ServerSource<S> source,
            Seat seat,
            LongSupplier clock,
            Arrivals<S> arrivals) {
        this.books = books;
        this.lock = books.lock;
        this.connects = connects;
        this.source = source;
        this.seat = seat;
        this.clock = clock;
        this.arrivals = arrivals;
    }

    /// What is due because a client began to wait. Under the lock.
    List<Connects.Order> plan(long now) {
        return connects.plan(now, false, retry);
    }

    /// What a client hopes for whom that began no connect. Under the lock.
    Ticket.Hope hope() {
        return connects.hope();
    }

    /// Starts what connects are due: somebody waits, a server went, settings changed, a pause ended.
    void replenish() {
        List<Connects.Order> due;
        boolean spacious = seat.hasRoomFor(HEADROOM);
        lock.lock();
        try {
            due = connects.plan(clock.getAsLong(), spacious, retry);
        } finally {
            lock.unlock();
        }
        start(due);
    }

    /// Connects some in advance, if the database has room, where clients wait again and again; once a second.
    void keepPace() {
        List<Connects.Order> due;
        boolean spacious = seat.hasRoomFor(HEADROOM);
        lock.lock();
        try {
            boolean wanted = books.pressure.isLasting() && spacious;
            due = wanted ? connects.planAhead(clock.getAsLong()) : List.of();
        } finally {
            lock.unlock();
        }
        start(due);
    }

    void start(List<Connects.Order> due) {
        // Mostly there is none, whenever a client has to wait.
        for (int i = 0; i < due.size(); i++) {
            seat.acquire(new Connect(due.get(i)));
        }
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
                seat.release();
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
                arrivals.arrived(server);
                replenish();
            } else {
                arrivals.stillborn(server);
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
            seat.release();
            refuse(hopeless, failure.error());
            replenish();
        }
    }

    /// Tells clients that they get no server.
    void refuse(List<Ticket<S>> tickets, PgError why) {
        for (var ticket : tickets) {
            source.run(ticket.loop, () -> ticket.borrower.refused(why));
        }
    }
}
