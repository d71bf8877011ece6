package io.pgdoorman.operator.render;

import org.jspecify.annotations.Nullable;

/// A user that was made for a claim of another namespace: it knows one database, and the server sees another user.
///
/// @param serverUser one of auth.users, whose password is used at the server
/// @param maxClientConnections null without a bound
public record Tenant(
        String user,
        SecretValue password,
        String database,
        String serverUser,
        int poolSize,
        @Nullable Integer maxClientConnections) {}
