package io.pgdoorman.pooler.client;

import org.jspecify.annotations.Nullable;

/// The time that a client is given, in nanoseconds; 0 = no limit. Pure: what a [Watch] acts on.
///
/// @param notice after which a client that waits for a server is told so
/// @param idle outside of a transaction
/// @param idleInTransaction between two messages of a transaction
/// @param transaction for a whole transaction
/// @param query for one query
public record Timeouts(long notice, long idle, long idleInTransaction, long transaction, long query) {
    public static final Timeouts NONE = new Timeouts(0, 0, 0, 0, 0);

    /// How long PostgreSQL may take to end a query that was cancelled.
    static final long GRACE_NANOS = 5_000_000_000L;

    /// What a client is doing.
    enum Doing {
        IDLE,
        WAITING,
        IDLE_IN_TRANSACTION,
        QUERY,
        CANCELLED
    }

    /// Which limit is reached.
    enum Limit {
        NOTICE,
        IDLE,
        IDLE_IN_TRANSACTION,
        TRANSACTION,
        QUERY,
        GRACE
    }

    /// @param sinceNanos of what it is doing
    /// @param transactionNanos when its transaction began; of no meaning without a server
    record Moment(Doing doing, long sinceNanos, long transactionNanos) {}

    record Deadline(long atNanos, Limit limit) {
        boolean isOver(long nowNanos) {
            return nowNanos - atNanos >= 0;
        }
    }

    boolean isOff() {
        return (notice | idle | leastBusy()) == 0;
    }

    /// The shortest limit that may begin at any moment while a client is not idle; 0 = none.
    long leastBusy() {
        return least(notice, least(query, least(transaction, idleInTransaction)));
    }

    private static long least(long one, long other) {
        return one == 0 ? other : other == 0 ? one : Math.min(one, other);
    }

    /// Which limit is reached next if the client goes on with what it is doing, or null.
    @Nullable
    Deadline next(Moment moment) {
        return switch (moment.doing()) {
            case IDLE -> deadline(idle, moment.sinceNanos(), Limit.IDLE);
            case WAITING -> deadline(notice, moment.sinceNanos(), Limit.NOTICE);
            case IDLE_IN_TRANSACTION ->
                earlier(
                        deadline(idleInTransaction, moment.sinceNanos(), Limit.IDLE_IN_TRANSACTION),
                        deadline(transaction, moment.transactionNanos(), Limit.TRANSACTION));
            case QUERY ->
                earlier(
                        deadline(query, moment.sinceNanos(), Limit.QUERY),
                        deadline(transaction, moment.transactionNanos(), Limit.TRANSACTION));
            case CANCELLED ->
                earlier(
                        deadline(GRACE_NANOS, moment.sinceNanos(), Limit.GRACE),
                        deadline(transaction, moment.transactionNanos(), Limit.TRANSACTION));
        };
    }

    private static @Nullable Deadline deadline(long length, long since, Limit limit) {
        return length == 0 ? null : new Deadline(since + length, limit);
    }

    private static @Nullable Deadline earlier(@Nullable Deadline one, @Nullable Deadline other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return other.atNanos() - one.atNanos() < 0 ? other : one;
    }
}
