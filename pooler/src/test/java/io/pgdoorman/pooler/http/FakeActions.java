package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.ServerTrouble;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A process that does nothing but remember what it was asked.
final class FakeActions implements ControlActions {

    final List<ReloadRequest> reloads = new ArrayList<>();
    final List<String> calls = new ArrayList<>();
    final Map<Probe, List<String>> objections = new ConcurrentHashMap<>();
    CompletionStage<ReloadAnswer> nextAnswer = CompletableFuture.completedFuture(new ReloadAnswer.Applied("abc", 7L));
    ControlState state = new ControlState(
            "0.1.0",
            ControlState.Phase.READY,
            new ControlState.LoadedConfig("abc", 7L, Set.of()),
            null,
            new ControlState.Load(1, 2, 3, 4, 5, 6, 0.256),
            new ControlState.Servers(15, 10, 12, 9, 3, 250),
            List.of(new ControlState.Trouble("shop", ServerTrouble.Kind.TLS, "no TLS")),
            Map.of("app", 3L),
            Instant.parse("2026-11-24T10:00:00Z"));

    ConsoleReply consoleReply = new ConsoleReply.Done("RELOAD");

    @Nullable
    private Long newest;

    @Override
    public CompletionStage<ConsoleReply> console(String command) {
        calls.add("console " + command);
        return CompletableFuture.completedFuture(consoleReply);
    }

    @Override
    public synchronized @Nullable Long newerLeader(@Nullable Long leader) {
        if (leader != null && (newest == null || leader > newest)) {
            newest = leader;
        }
        return leader == null || leader.equals(newest) ? null : newest;
    }

    @Override
    public synchronized CompletionStage<ReloadAnswer> reload(ReloadRequest request) {
        reloads.add(request);
        return nextAnswer;
    }

    synchronized int reloadCount() {
        return reloads.size();
    }

    @Override
    public synchronized CompletionStage<ReloadAnswer> revoke(Set<String> users) {
        calls.add("revoke " + new TreeSet<>(users));
        return nextAnswer;
    }

    @Override
    public synchronized CompletionStage<Boolean> grant(@Nullable String hash) {
        calls.add("grant " + hash);
        return CompletableFuture.completedFuture("abc".equals(hash));
    }

    @Override
    public synchronized CompletionStage<AllowAnswer> allow(AllowRequest request) {
        var databases = request.databases();
        calls.add("allow " + request.hash() + " " + (databases == null ? "" : new TreeMap<>(databases)));
        return CompletableFuture.completedFuture(
                switch (request.hash()) {
                    case "abc" -> new AllowAnswer.Allowed(12);
                    case "full" -> new AllowAnswer.Forgetful("no space");
                    default -> new AllowAnswer.Refused("hash: another one");
                });
    }

    @Override
    public synchronized boolean hold() {
        calls.add("hold");
        return state.phase() == ControlState.Phase.WAITING;
    }

    @Override
    public synchronized void drain() {
        calls.add("drain");
    }

    @Override
    public synchronized CompletionStage<Integer> pause(@Nullable String database) {
        calls.add("pause " + database);
        if ("bug".equals(database)) {
            throw new IllegalStateException("bug");
        }
        return CompletableFuture.completedFuture("nowhere".equals(database) ? 0 : 2);
    }

    @Override
    public synchronized CompletionStage<Integer> resume(@Nullable String database) {
        calls.add("resume " + database);
        return CompletableFuture.completedFuture(2);
    }

    @Override
    public ControlState state() {
        return state;
    }

    @Override
    public List<String> objections(Probe probe) {
        return objections.getOrDefault(probe, List.of());
    }
}
