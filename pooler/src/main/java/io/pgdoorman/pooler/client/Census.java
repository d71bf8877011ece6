package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.stats.StatementSnapshot;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// The prepared statements on one event loop, those that pools remember and those that clients know; counted on that
/// loop, as they belong to it, and read afterwards by whoever asked.
public final class Census {
    /// Longer texts are cut where they are shown.
    private static final int MAX_SHOWN = 16 * 1024;

    private static final int HASH_BYTES = 8;

    private final int loop;
    private final Map<ClientPool, Pool> pools = new HashMap<>();

    private static final class Pool {
        private final Map<Statement, Boolean> remembered = new HashMap<>();
        private final Map<Statement, Boolean> known = new HashMap<>();

        private void knows(byte[] name, Statement statement) {
            known.merge(statement, name.length > 0, Boolean::logicalOr);
        }
    }

    private Census(int loop) {
        this.loop = loop;
    }

    /// Counts on all loops.
    public static CompletionStage<List<Census>> take(Loops loops, Clients clients, Collection<ClientPool> pools) {
        return onEach(loops, loop -> of(loop, clients, pools));
    }

    /// Makes the pools forget statements that no client knows.
    ///
    /// @return how many
    public static CompletionStage<Integer> forgetUnused(Loops loops, Clients clients, Collection<ClientPool> pools) {
        return onEach(loops, loop -> {
                    var census = of(loop, clients, pools);
                    return pools.stream()
                            .mapToInt(pool -> pool.cache(loop.index())
                                    .retain(census.of(pool).known.keySet()))
                            .sum();
                })
                .thenApply(forgotten ->
                        forgotten.stream().mapToInt(Integer::intValue).sum());
    }

    private static <T> CompletionStage<List<T>> onEach(Loops loops, Function<Loop, T> work) {
        CompletionStage<List<T>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (var loop : loops.all()) {
            var one = CompletableFuture.supplyAsync(() -> work.apply(loop), loop.executor());
            all = all.thenCombine(one, (list, more) -> {
                list.add(more);
                return list;
            });
        }
        return all;
    }

    private static Census of(Loop loop, Clients clients, Collection<ClientPool> pools) {
        var census = new Census(loop.index());
        for (var pool : pools) {
            for (var statement : pool.cache(loop.index()).statements()) {
                census.of(pool).remembered.put(statement, true);
            }
        }
        clients.count(loop, census);
        return census;
    }

    private Pool of(ClientPool pool) {
        return pools.computeIfAbsent(pool, _ -> new Pool());
    }

    void count(ClientPool pool, ClientStatements statements) {
        statements.forEach(of(pool)::knows);
    }

    // ---- read

    /// All statements of this loop.
    public List<StatementSnapshot> statements() {
        var all = new ArrayList<StatementSnapshot>();
        pools.forEach((pool, counted) -> {
            var statements = new HashMap<>(counted.remembered);
            statements.putAll(counted.known);
            statements
                    .keySet()
                    .forEach(
                            statement -> all.add(shown(pool, statement, counted.known.getOrDefault(statement, false))));
        });
        return all;
    }

    private StatementSnapshot shown(ClientPool pool, Statement statement, boolean named) {
        byte[] tail = statement.tail();
        int end = 0;
        while (end < tail.length && tail[end] != 0) {
            end++;
        }
        var query = new String(tail, 0, Math.min(end, MAX_SHOWN), StandardCharsets.UTF_8);
        return new StatementSnapshot(
                pool.database(),
                pool.user(),
                statement.toString(),
                hash(tail),
                end > MAX_SHOWN ? query + "…" : query,
                tail.length,
                statement.uses(),
                pool.cache(loop).idleNanos(statement) / 1_000_000,
                named);
    }

    private static String hash(byte[] tail) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(tail), 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
