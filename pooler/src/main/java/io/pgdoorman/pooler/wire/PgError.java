package io.pgdoorman.pooler.wire;

import org.jspecify.annotations.Nullable;

/// An error that the pooler itself tells a client, in the fields of ErrorResponse.
///
/// @param severity ERROR keeps the connection, FATAL ends it (PostgreSQL manual, "Error and Notice Message Fields")
/// @param sqlState five characters, see [SqlState]
/// @param message what happened, where, with which value, and what was expected
public record PgError(
        Severity severity,
        String sqlState,
        String message,
        @Nullable String detail,
        @Nullable String hint) {

    /// Stands in the field R (routine) of all that the pooler says itself; PostgreSQL has the name of a C function
    /// there.
    public static final String MARK = "pgdoorman";

    /// Severities in the words of the protocol.
    public enum Severity {
        ERROR,
        FATAL
    }

    public static PgError fatal(String sqlState, String message) {
        return new PgError(Severity.FATAL, sqlState, message, null, null);
    }

    public static PgError error(String sqlState, String message) {
        return new PgError(Severity.ERROR, sqlState, message, null, null);
    }

    public PgError withDetail(@Nullable String text) {
        return new PgError(severity, sqlState, message, text, hint);
    }

    public PgError withHint(@Nullable String text) {
        return new PgError(severity, sqlState, message, detail, text);
    }

    public boolean isFatal() {
        return severity == Severity.FATAL;
    }

    public PgError asFatal() {
        return new PgError(Severity.FATAL, sqlState, message, detail, hint);
    }
}
