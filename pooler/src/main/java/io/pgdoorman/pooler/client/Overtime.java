package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;

/// What a client is told when its time is over: what PostgreSQL says at its own timeouts of that kind.
final class Overtime {
    private Overtime() {}

    static PgError error(Timeouts.Limit limit) {
        return switch (limit) {
            case NOTICE -> throw new IllegalArgumentException("a notice is no error");
            case IDLE ->
                PgError.fatal(SqlState.IDLE_SESSION_TIMEOUT, "terminating connection due to idle-session timeout")
                        .withHint("The pooler's client_idle_timeout.");
            case IDLE_IN_TRANSACTION ->
                PgError.fatal(
                                SqlState.IDLE_IN_TRANSACTION_TIMEOUT,
                                "terminating connection due to idle-in-transaction timeout")
                        .withHint("The pooler's idle_transaction_timeout.");
            case TRANSACTION ->
                PgError.fatal(SqlState.TRANSACTION_TIMEOUT, "terminating connection due to transaction timeout")
                        .withHint("The pooler's transaction_timeout.");
            case QUERY ->
                PgError.error(SqlState.QUERY_CANCELED, "canceling statement due to statement timeout")
                        .withHint("The pooler's query_timeout.");
            case GRACE ->
                PgError.fatal(SqlState.QUERY_CANCELED, "canceling statement due to statement timeout")
                        .withDetail("PostgreSQL did not end the query when it was cancelled.")
                        .withHint("The pooler's query_timeout.");
        };
    }

    /// To a client that waits for a server; the text is PgBouncer's.
    static void notice(ByteBuf out) {
        BackendWriter.notice(
                out,
                "No server connection available in postgres backend, client being queued",
                "The pooler's query_wait_notify.");
    }
}
