package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.client.Timeouts.Doing;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.relay.ClientSide;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What a client is doing as its watch sees it, and what happens when its time for that is over. Belongs to the
/// client's event loop.
final class ClientTime implements Watch.Watched {
    private final ClientConnection client;
    private final ClientPool pool;
    private final ClientSide side;
    private final DeferredBegin begin;
    private final Line line;
    private final LongSupplier clock;
    /// When it began to wait, or to be idle.
    private long sinceNanos;

    private boolean toldThatItWaits;
    private long cancelledNanos;

    ClientTime(ClientConnection client, ClientPool pool, ClientSide side, DeferredBegin begin, Connected connected) {
        this.client = client;
        this.pool = pool;
        this.side = side;
        this.begin = begin;
        this.line = connected.line();
        this.clock = connected.clock();
    }

    /// Where the client is told, and by which clock.
    record Connected(Line line, LongSupplier clock) {}

    /// It begins to wait for a server.
    void waits() {
        sinceNanos = clock.getAsLong();
        toldThatItWaits = false;
    }

    /// How long it has waited.
    long waited() {
        return clock.getAsLong() - sinceNanos;
    }

    /// It has no server.
    void idlesSince(long nanos) {
        sinceNanos = nanos;
    }

    @Override
    public Timeouts timeouts() {
        return pool.behaviour().timeouts();
    }

    @Override
    public Timeouts.@Nullable Moment moment() {
        long transaction = side.traffic().transactionNanos();
        return switch (client.state()) {
            case CLOSING, AWAY -> null;
            case IDLE ->
                begin.isOpen()
                        ? new Timeouts.Moment(Doing.IDLE_IN_TRANSACTION, sinceNanos, sinceNanos)
                        : new Timeouts.Moment(Doing.IDLE, sinceNanos, transaction);
            case WAITING -> toldThatItWaits ? null : new Timeouts.Moment(Doing.WAITING, sinceNanos, transaction);
            case LINKED -> {
                long query = side.traffic().queryNanos();
                if (side.linked().isCancelled()) {
                    yield new Timeouts.Moment(Doing.CANCELLED, cancelledNanos, transaction);
                }
                if (side.linked().isAnswerOwed()) {
                    yield new Timeouts.Moment(Doing.QUERY, query, transaction);
                }
                boolean isIdle = side.isSessionMode() && !side.isInTransaction() && side.owesNothing();
                yield new Timeouts.Moment(isIdle ? Doing.IDLE : Doing.IDLE_IN_TRANSACTION, query, transaction);
            }
        };
    }

    @Override
    public void expired(Timeouts.Limit limit) {
        switch (limit) {
            case NOTICE -> {
                toldThatItWaits = true;
                var out = line.allocator().buffer(256);
                Overtime.notice(out);
                line.send(out);
            }
            case IDLE, IDLE_IN_TRANSACTION, GRACE -> client.end(Overtime.error(limit));
            case TRANSACTION -> {
                if (side.linked().isAnswerOwed()) {
                    client.cancel(() -> {});
                }
                client.end(Overtime.error(limit));
            }
            case QUERY -> {
                var reason = Overtime.error(limit);
                side.traffic().error(reason.sqlState());
                cancelledNanos = clock.getAsLong();
                side.linked().cancelled(reason);
                client.cancel(() -> {});
            }
        }
    }
}
