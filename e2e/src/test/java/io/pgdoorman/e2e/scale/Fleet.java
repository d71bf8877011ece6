package io.pgdoorman.e2e.scale;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgdoorman.e2e.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Many pools of one namespace, and what their status says, as a watch tells it.
final class Fleet implements AutoCloseable {

    private static final int AT_ONCE = 8;

    private final Api api;
    private final String namespace;
    private final Map<String, JsonNode> pools = new ConcurrentHashMap<>();
    private final Thread watch;

    Fleet(Api api, String namespace) {
        this.api = api;
        this.namespace = namespace;
        api.create("/api/v1/namespaces", """
            {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "%s"}}\
            """.formatted(namespace));
        this.watch = api.watch(Api.pools(namespace) + "?", this::told);
    }

    private synchronized void told(String event, JsonNode pool) {
        var name = pool.at("/metadata/name").asText();
        if (event.equals("DELETED")) {
            pools.remove(name);
        } else {
            pools.put(name, pool);
        }
        notifyAll();
    }

    /// Does something for each number, some at once.
    static void each(int count, IntConsumer work) {
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            var all = IntStream.range(0, count)
                    .mapToObj(number -> threads.submit(() -> work.accept(number)))
                    .toList();
            for (var one : all) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    /// A pool with a Secret of its own.
    void create(String name, int replicas) {
        api.create(Api.secrets(namespace), """
            {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "%s-app"}, "stringData": {"password": "x"}}\
            """.formatted(name));
        api.create(Api.pools(namespace), """
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: %1$s}
            spec:
              replicas: %2$d
              servers: [{name: main, host: db.example}]
              databases: [{name: app, serverRefs: [main]}]
              auth: {users: [{name: app, secretRef: {name: %1$s-app}}]}
            """.formatted(name, replicas));
    }

    /// Makes a pool, or another one of it.
    void apply(String name, JsonNode spec) {
        var pool = Api.JSON
                .createObjectNode()
                .put("apiVersion", "pgdoorman.io/v1alpha1")
                .put("kind", "DoormanPool");
        pool.putObject("metadata").put("name", name);
        pool.set("spec", spec);
        api.apply(Api.pools(namespace) + "/" + name, pool);
    }

    void delete(String name) {
        api.delete(Api.pools(namespace) + "/" + name);
        Progress.until(name + " is gone", Duration.ofSeconds(30), () -> !pools.containsKey(name));
    }

    void patch(String name, String merge) {
        api.patch(Api.pools(namespace) + "/" + name, merge);
    }

    /// Waits until a pool is ready as it is wanted now.
    void awaitReady(String name, Duration limit) {
        Progress.until(name + " is ready", limit, () -> says(api.get(Api.pools(namespace) + "/" + name), "Ready"));
    }

    /// Gives the database of a pool another size.
    void change(String name, int size) {
        patch(name, """
            {"spec": {"databases": [{"name": "app", "serverRefs": ["main"], "poolSize": %d}]}}\
            """.formatted(size));
    }

    /// Gives the database of a pool another size; answers how long it takes until all pods are known to have it.
    Duration resize(String name, int size, Duration limit) {
        var before = pool(name).at("/metadata/generation").asLong();
        var begun = Instant.now();
        change(name, size);
        await(name, pool -> applies(pool, before + 1), limit);
        return Duration.between(begun, Instant.now());
    }

    /// Changes the password of a pool's user; answers how long it takes until all pods are known to have it.
    Duration changePassword(String name, Duration limit) {
        var before = pool(name).at("/status/config/desiredHash").asText();
        var begun = Instant.now();
        api.patch(Api.secrets(namespace) + "/" + name + "-app", """
            {"stringData": {"password": "%d"}}\
            """.formatted(begun.toEpochMilli()));
        await(
                name,
                pool -> says(pool, "ConfigApplied")
                        && !pool.at("/status/config/desiredHash").asText().equals(before),
                limit);
        return Duration.between(begun, Instant.now());
    }

    /// A pool as it was told last.
    JsonNode pool(String name) {
        return Objects.requireNonNull(pools.get(name), name);
    }

    /// Waits until a pool is told to be so.
    synchronized void await(String name, Predicate<JsonNode> isDone, Duration limit) {
        var end = Instant.now().plus(limit);
        while (!pools.containsKey(name) || !isDone.test(pool(name))) {
            var left = Duration.between(Instant.now(), end);
            if (!left.isPositive()) {
                throw new AssertionError(name + " is not applied: " + pools.get(name));
            }
            try {
                wait(left.toMillis() + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    private static boolean applies(JsonNode pool, long generation) {
        return pool.at("/metadata/generation").asLong() >= generation && says(pool, "ConfigApplied");
    }

    static boolean says(JsonNode pool, String type) {
        var observed = pool.at("/status/observedGeneration").asLong();
        if (observed != pool.at("/metadata/generation").asLong()) {
            return false;
        }
        for (var condition : pool.at("/status/conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition.path("status").asText().equals("True");
            }
        }
        return false;
    }

    /// Waits until so many pools are ready; answers how long it took.
    Duration awaitReady(int count, Duration limit) {
        return Progress.until(
                count + " pools are ready",
                limit,
                () -> pools.values().stream()
                                .filter(pool -> says(pool, "Ready"))
                                .count()
                        == count);
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
