package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW AUTH_QUERY: what came of looking users up, in each database that does.
final class ShowAuthQuery extends ShowCommand {

    private final Snapshots snapshots;

    ShowAuthQuery(Snapshots snapshots) {
        super(
                "auth_query",
                text("database"),
                number("cache_entries", "cache_hits", "cache_misses", "cache_refetches", "cache_rate_limited"),
                number("auth_success", "auth_failure", "executor_queries", "executor_errors"),
                number("dynamic_pools_current", "dynamic_pools_created", "dynamic_pools_destroyed"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.lookups().stream()
                .map(one -> row(
                        one.database(),
                        one.cache().entries(),
                        one.cache().hits(),
                        one.cache().misses(),
                        one.cache().refetches(),
                        one.cache().rateLimited(),
                        one.logins().succeeded(),
                        one.logins().failed(),
                        one.questions().asked(),
                        one.questions().failed(),
                        one.pools().now(),
                        one.pools().made(),
                        one.pools().ended()))
                .toList();
    }
}
