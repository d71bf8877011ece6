package io.pgdoorman.pooler.patroni;

import io.pgdoorman.pooler.server.ServerOpener;
import io.pgdoorman.pooler.stats.FallbackSnapshot;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/// The ways to the servers of all databases; any thread.
public final class Fallbacks {
    private final Map<String, Fallback> byDatabase = new ConcurrentHashMap<>();
    private final Parts parts;

    /// What all databases share.
    ///
    /// @param clock nanoseconds
    record Parts(ServerOpener opener, Patroni patroni, LongSupplier clock) {}

    /// @param clock nanoseconds
    /// @param threads that may block
    public Fallbacks(ServerOpener opener, LongSupplier clock, Executor threads) {
        this.parts = new Parts(opener, new Patroni(clock, threads), clock);
    }

    public Fallback of(String database) {
        return byDatabase.computeIfAbsent(database, name -> new Fallback(name, parts));
    }

    /// These hold from now on; databases that are not named any more have none.
    public void apply(Map<String, FallbackSettings> settings) {
        settings.forEach((database, changed) -> of(database).apply(changed));
        byDatabase.entrySet().removeIf(each -> {
            boolean gone = !settings.containsKey(each.getKey());
            if (gone) {
                each.getValue().apply(FallbackSettings.OFF);
            }
            return gone;
        });
    }

    /// Of those databases that have one.
    public List<FallbackSnapshot> snapshots() {
        return byDatabase.values().stream()
                .filter(Fallback::isOn)
                .map(each -> each.stats().snapshot())
                .toList();
    }
}
