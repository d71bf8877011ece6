package io.pgdoorman.config;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Users of a pool who stand in no list: PostgreSQL is asked what they have to prove.
///
/// @param shared the role whose servers all of them share; empty where each has servers of its own
/// @param size of each pool made for them
public record AuthQueryConfig(
        String query, Asker asker, Optional<Shared> shared, UserConfig.PoolSize size, Memory memory) {

    /// Who asks.
    ///
    /// @param password empty where PostgreSQL wants none
    /// @param workers connections that ask
    public record Asker(String user, Secret password, String database, int workers) {}

    /// One role for all.
    public record Shared(String user, @Nullable Secret password) {}

    /// How long answers count.
    ///
    /// @param found a user who was found
    /// @param missed one who was not
    /// @param minInterval between two questions for one user
    /// @param mostUsers that are remembered, and that have pools, at once
    public record Memory(Duration found, Duration missed, Duration minInterval, int mostUsers) {}
}
