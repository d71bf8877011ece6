package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PreparedSnapshot;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SHOW POOLS_MEMORY, also POOL_MEMORY: what the prepared statements of each pool take, in PgDoorman's columns. An
/// unnamed
/// statement is not kept beyond the next one, and no client is of an asynchronous kind, so that two columns stay at 0.
final class ShowPoolsMemory extends ShowTable {

    private final Inspection inspection;
    private final boolean isListed;

    private ShowPoolsMemory(String name, boolean isListed, Inspection inspection) {
        super(
                name,
                text("database", "user"),
                number(
                        "pool_prepared_count",
                        "pool_prepared_bytes",
                        "client_prepared_count",
                        "client_prepared_bytes",
                        "client_named_count",
                        "client_anonymous_count",
                        "client_anonymous_evictions_alive",
                        "async_clients"));
        this.inspection = inspection;
        this.isListed = isListed;
    }

    static ShowPoolsMemory of(Inspection inspection) {
        return new ShowPoolsMemory("pools_memory", true, inspection);
    }

    /// Under its other name.
    static ShowPoolsMemory alias(Inspection inspection) {
        return new ShowPoolsMemory("pool_memory", false, inspection);
    }

    @Override
    public boolean isListed() {
        return isListed;
    }

    @Override
    CompletionStage<List<List<@Nullable String>>> table() {
        return inspection
                .prepared()
                .thenApply(pools -> pools.stream().map(ShowPoolsMemory::rowOf).toList());
    }

    private static List<@Nullable String> rowOf(PreparedSnapshot pool) {
        return row(
                pool.database(),
                pool.user(),
                pool.kept().count(),
                pool.kept().bytes(),
                pool.known().count(),
                pool.known().bytes(),
                pool.known().count() - pool.unnamed(),
                pool.unnamed(),
                0,
                0);
    }
}
