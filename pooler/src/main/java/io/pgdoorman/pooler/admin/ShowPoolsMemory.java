package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW POOLS_MEMORY, also POOL_MEMORY: what the prepared statements of each pool take, in PgDoorman's columns. A
/// client's unnamed statement is never evicted, as it has but one, so that this column stays at 0.
final class ShowPoolsMemory extends ShowCommand {

    private final Snapshots snapshots;
    private final boolean isListed;

    private ShowPoolsMemory(String name, boolean isListed, Snapshots snapshots) {
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
        this.snapshots = snapshots;
        this.isListed = isListed;
    }

    static ShowPoolsMemory of(Snapshots snapshots) {
        return new ShowPoolsMemory("pools_memory", true, snapshots);
    }

    /// Under its other name.
    static ShowPoolsMemory alias(Snapshots snapshots) {
        return new ShowPoolsMemory("pool_memory", false, snapshots);
    }

    @Override
    public boolean isListed() {
        return isListed;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.pools().stream().map(ShowPoolsMemory::rowOf).toList();
    }

    private static List<@Nullable String> rowOf(PoolSnapshot pool) {
        var prepared = pool.prepared();
        return row(
                pool.database(),
                pool.user(),
                prepared.kept().count(),
                prepared.kept().bytes(),
                prepared.known().count(),
                prepared.known().bytes(),
                prepared.named(),
                prepared.unnamed(),
                0,
                pool.clAsync());
    }
}
