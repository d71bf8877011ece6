package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.text;

import java.time.Duration;
import java.util.List;

/// The root of the file, and the tables that no record carries yet.
public final class OtherSettings {

    /// Sections of the file itself.
    public static final Section<Void> ROOT = new Section<>(
            "", "The sections of the file.", "general", "web", "talos", "token_issuers", "pools", "include");

    /// `include`.
    public static final Section<Void> INCLUDE =
            new Section<>("include", "Further files laid over this one in order; they are not searched for includes.");

    public static final Setting<Void, List<String>> FILES = INCLUDE.hot("files", new ListType<>(text()))
            .orElse(List.of())
            .acts(_ -> null, "Files merged over this one, YAML or TOML; a relative path starts at this file's folder.");

    /// `pools.<name>.auth_query`.
    public static final Section<Void> AUTH_QUERY =
            new Section<>("pools.<name>.auth_query", "Users found by a query on PostgreSQL.");

    static {
        var s = AUTH_QUERY;
        s.hot("query", text()).required().notYet("Query with $1 that returns the verifier.");
        s.hot("user", text()).required().notYet("Role of the look-up connection.");
        s.hot("password", new SecretType(true)).notYet("Its plain password.");
        s.hot("database", text()).inherits("the pool's name").notYet("Database of the look-up.");
        s.hot("workers", integer(1, 1000)).orElse(2).notYet("Look-up connections.");
        s.hot("server_user", text()).notYet("One role for all servers.");
        s.hot("server_password", new SecretType(true)).notYet("Its plain password.");
        s.hot("pool_size", integer(1, 100_000)).orElse(40).notYet("Most servers of a pool made by look-up.");
        s.hot("min_pool_size", integer(0, 100_000)).orElse(0).notYet("Servers kept in such a pool.");
        s.hot("cache_ttl", duration(Duration.ZERO)).orElse(Duration.ofHours(1)).notYet("Time a found user is kept.");
        s.hot("cache_failure_ttl", duration(Duration.ZERO))
                .orElse(Duration.ofSeconds(30))
                .notYet("Time a user not found is kept.");
        s.hot("min_interval", duration(Duration.ZERO))
                .orElse(Duration.ofSeconds(1))
                .notYet("Shortest time between look-ups of one user.");
    }

    private OtherSettings() {}
}
