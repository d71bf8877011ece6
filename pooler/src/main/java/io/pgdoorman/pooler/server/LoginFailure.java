package io.pgdoorman.pooler.server;

import io.netty.channel.ConnectTimeoutException;
import io.pgdoorman.pooler.stats.ServerTrouble;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.net.ConnectException;
import org.jspecify.annotations.Nullable;

/// Why one endpoint gave no connection.
///
/// @param kind what that says of the endpoint, and of others
/// @param reason for messages, without the endpoint
/// @param verbatim what the client is to be told as it is, or null
record LoginFailure(Kind kind, String reason, @Nullable PgError verbatim) {
    enum Kind {
        /// It cannot be reached: another may, and so may this one soon.
        UNREACHABLE,
        /// It does not take anybody now (57P03), likewise.
        CLOSED,
        /// It did not answer in time.
        SILENT,
        /// It has no room: another may, and so may this one soon.
        FULL,
        /// It is not what is wanted, likewise.
        UNFIT,
        /// This process cannot open connections at the moment, which says nothing of any server.
        OURS,
        /// The connection cannot be made as safe as it has to be: another may do.
        INSECURE,
        /// Its rules have no place for this login: they may have one for the same with TLS, or without.
        FORBIDDEN,
        /// It does not take what the user proves who it is by, likewise: another password may do.
        WRONG_PASSWORD,
        /// It said no to this login: asking others or again is of no use.
        REFUSED
    }

    static LoginFailure silent(String reason) {
        return new LoginFailure(Kind.SILENT, reason, null);
    }

    static LoginFailure lost(String reason) {
        return new LoginFailure(Kind.UNREACHABLE, reason, null);
    }

    static LoginFailure refused(String reason) {
        return new LoginFailure(Kind.REFUSED, reason, null);
    }

    static LoginFailure insecure(String reason) {
        return new LoginFailure(Kind.INSECURE, reason, null);
    }

    static LoginFailure unfit(ServerRole role, WantedRole wanted) {
        return new LoginFailure(Kind.UNFIT, "is " + role + " (target_session_attrs: " + wanted + ")", null);
    }

    static LoginFailure verbatim(PgError error) {
        return new LoginFailure(Kind.REFUSED, error.message(), error);
    }

    /// PostgreSQL's own refusal; the SQLSTATE decides whether another try may help.
    static LoginFailure answered(String sqlState, String reason) {
        return new LoginFailure(kind(sqlState), reason, null);
    }

    private static Kind kind(String sqlState) {
        if (sqlState.startsWith("57P")) {
            return Kind.CLOSED;
        }
        if (sqlState.equals(SqlState.TOO_MANY_CONNECTIONS)) {
            return Kind.FULL;
        }
        if (sqlState.equals(SqlState.INVALID_PASSWORD)) {
            return Kind.WRONG_PASSWORD;
        }
        return sqlState.startsWith("28") ? Kind.FORBIDDEN : Kind.REFUSED;
    }

    /// The same after another way of connecting, with or without TLS, had failed too.
    LoginFailure after(String way, LoginFailure first) {
        return new LoginFailure(kind, reason + "; " + way + " " + first.reason(), verbatim);
    }

    static LoginFailure ofConnect(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return silent("no answer to the connect");
        }
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (String.valueOf(at.getMessage()).contains("Too many open files")) {
                return new LoginFailure(Kind.OURS, "the pooler has too many open files", null);
            }
        }
        return lost(cause instanceof ConnectException ? inShort(cause) : String.valueOf(cause.getMessage()));
    }

    /// Netty names the address once more behind the reason.
    private static String inShort(Throwable cause) {
        var text = String.valueOf(cause.getMessage());
        return text.contains("Connection refused") ? "connection refused" : text;
    }

    /// What it says of the server, null if nothing.
    ServerTrouble.@Nullable Kind trouble() {
        return switch (kind) {
            case UNREACHABLE, CLOSED, SILENT, FULL, UNFIT -> ServerTrouble.Kind.UNREACHABLE;
            case INSECURE -> ServerTrouble.Kind.TLS;
            case FORBIDDEN, WRONG_PASSWORD, REFUSED -> ServerTrouble.Kind.LOGIN;
            case OURS -> null;
        };
    }

    /// As those see it who asked for a connection.
    ConnectFailure.Kind seen() {
        return switch (kind) {
            case UNREACHABLE -> ConnectFailure.Kind.UNREACHABLE;
            case CLOSED -> ConnectFailure.Kind.CLOSED;
            case SILENT -> ConnectFailure.Kind.SILENT;
            case UNFIT -> ConnectFailure.Kind.UNFIT;
            case FULL -> ConnectFailure.Kind.FULL;
            case INSECURE, FORBIDDEN, WRONG_PASSWORD, REFUSED -> ConnectFailure.Kind.REFUSED;
            case OURS -> ConnectFailure.Kind.OURS;
        };
    }

    boolean isTemporary() {
        return switch (kind) {
            case UNREACHABLE, CLOSED, SILENT, FULL, UNFIT, OURS -> true;
            case INSECURE, FORBIDDEN, WRONG_PASSWORD, REFUSED -> false;
        };
    }
}
