package io.pgdoorman.pooler.auth;

import org.jspecify.annotations.Nullable;

/// A peer broke the login protocol or could not prove itself; carries what PostgreSQL would say about it.
///
/// Stackless, because a hostile peer chooses how often it is thrown.
@SuppressWarnings("serial")
public final class AuthException extends Exception {
    private final String sqlState;
    private final @Nullable String detail;

    AuthException(String sqlState, String message, @Nullable String detail) {
        super(message, null, false, false);
        this.sqlState = sqlState;
        this.detail = detail;
    }

    static AuthException malformed(String detail) {
        return new AuthException("08P01", "malformed SCRAM message", detail);
    }

    /// We cannot prove who we are: our own key does not work.
    public static AuthException unproven(String why) {
        return new AuthException("XX000", why, null);
    }

    /// SQLSTATE of the failure: 08P01 for a broken message, 0A000 for an unsupported feature, 28P01 for a failed proof.
    public String sqlState() {
        return sqlState;
    }

    /// Whether it is about who the peer is, and not about its messages.
    public boolean isRefusal() {
        return sqlState.startsWith("28");
    }

    /// The text after PostgreSQL's DETAIL, without secrets.
    public @Nullable String detail() {
        return detail;
    }
}
