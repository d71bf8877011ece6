package io.pgdoorman.operator.render;

import org.jspecify.annotations.Nullable;

/// A user that was made for a claim of another namespace: it knows one database, and the server sees another user.
///
/// @param serverUser one of auth.users, whose password is used at the server
/// @param maxClientConnections null without a bound
public record Tenant(
        String user,
        Proof proof,
        String database,
        String serverUser,
        int poolSize,
        @Nullable Integer maxClientConnections) {

    /// How the application proves itself.
    public sealed interface Proof {

        /// By the password that was made for the claim.
        ///
        /// @param previous lets in beside it; null if none does
        record Password(SecretValue value, @Nullable SecretValue previous) implements Proof {}

        /// By a token of a ServiceAccount.
        ///
        /// @param issuer one of auth.tokenIssuers
        record Token(String issuer, String namespace, String serviceAccount) implements Proof {}
    }
}
