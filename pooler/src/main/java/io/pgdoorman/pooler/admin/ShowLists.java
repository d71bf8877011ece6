package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// SHOW LISTS: how many of each thing there are. Rows that PgDoorman always has at 0 stay, for scripts that expect
/// them.
final class ShowLists extends ShowTable {

    private final Snapshots snapshots;
    private final Inspection inspection;

    ShowLists(Snapshots snapshots, Inspection inspection) {
        super("lists", text("list"), number("items"));
        this.snapshots = snapshots;
        this.inspection = inspection;
    }

    @Override
    CompletionStage<List<List<@Nullable String>>> table() {
        return inspection.hostNames().thenApply(names -> rows(names.size()));
    }

    private List<List<@Nullable String>> rows(int names) {
        var pools = snapshots.pools();
        return List.of(
                row("databases", distinct(pools, PoolSnapshot::database)),
                row("users", distinct(pools, PoolSnapshot::user)),
                row("pools", pools.size()),
                row("free_clients", sum(pools, PoolSnapshot::clIdle)),
                row("used_clients", sum(pools, pool -> pool.clActive() + pool.clWaiting())),
                row("login_clients", inspection.clientsAtTheDoor()),
                row("free_servers", sum(pools, PoolSnapshot::svIdle)),
                row("used_servers", sum(pools, pool -> pool.svActive() + pool.svUsed() + pool.svLogin())),
                row("dns_names", names),
                row("dns_zones", 0),
                row("dns_queries", 0),
                row("dns_pending", 0));
    }

    private static long distinct(List<PoolSnapshot> pools, Function<PoolSnapshot, String> name) {
        return pools.stream().map(name).distinct().count();
    }

    private static int sum(List<PoolSnapshot> pools, ToIntFunction<PoolSnapshot> count) {
        return pools.stream().mapToInt(count).sum();
    }
}
