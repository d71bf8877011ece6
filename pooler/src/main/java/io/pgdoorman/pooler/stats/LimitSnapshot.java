package io.pgdoorman.pooler.stats;

import org.jspecify.annotations.Nullable;

/// A limit and how much of it is used now.
///
/// @param name the setting, or what the limit is of
/// @param database what it holds for; null when that is the whole process
/// @param user null when it holds for all users
/// @param limit 0 = none
public record LimitSnapshot(
        String name, @Nullable String database, @Nullable String user, long used, long limit) {

    /// Connections to servers that the process may have now: its share, or what it was told instead.
    public static final String SERVERS = "server_connections";

    /// What its configuration says of them.
    public static final String SHARE = "server_connections_share";

    /// A limit of the process.
    public static LimitSnapshot ofProcess(String name, long used, long limit) {
        return new LimitSnapshot(name, null, null, used, limit);
    }
}
