package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalEdgeTest {

    private static final String SECRET = """
        apiVersion: v1
        kind: Secret
        metadata: {name: shop-user}
        stringData: {password: open}
        """;

    @TempDir
    Path folder;

    private final FakePoolers poolers = new FakePoolers();
    private final Told told = new Told();
    private Path manifests;
    private LocalEdge edge;
    private Thread thread;

    @BeforeEach
    void start() throws Exception {
        manifests = Files.createDirectory(folder.resolve("manifests"));
        save("user.yaml", SECRET);
        save("shop.yaml", pool(2, 10, 6432));
        var services = Map.of("postgres", new ManifestResolver.Service("127.0.0.1", 5432));
        var tools = new Fleet.Tools(poolers, poolers, "secret", new Addresses(), InstantSource.system(), told::says);
        edge = new LocalEdge(
                manifests, folder.resolve("state"), new ManifestResolver(services, 9127, "secret"), tools, told);
        thread = Thread.ofPlatform().start(this::run);
        until(() -> told.isReady(2));
    }

    @AfterEach
    void stop() throws Exception {
        edge.stop();
        thread.join(TimeUnit.SECONDS.toMillis(20));
        assertThat(thread.isAlive()).isFalse();
        assertThat(poolers.running).isEmpty();
    }

    @Test
    void accountsAreKnownBeforePodsRun() {
        // given when then
        assertThat(told.accounts).extracting(Accounts::databases).containsExactly(List.of("shop"));
        assertThat(told.accounts).extracting(Accounts::users).containsExactly(Map.of("shop", "open"));
    }

    @Test
    void hotEditIsAcknowledgedByEachPodWithoutARestart() throws Exception {
        // given when
        save("shop.yaml", pool(2, 5, 6432));
        until(() -> told.generation() == 2 && told.isReady(2));

        // then
        assertThat(told.lines).anyMatch(l -> l.matches("shop-1: acknowledged config [0-9a-f]{8} \\(canary\\)"));
        assertThat(told.lines).anyMatch(l -> l.matches("shop-2: acknowledged config [0-9a-f]{8}"));
        assertThat(poolers.starts).containsOnly(Map.entry("shop-1", 1), Map.entry("shop-2", 1));
    }

    @Test
    void changedSecretIsAcknowledgedToo() throws Exception {
        // given when
        save("user.yaml", SECRET.replace("open", "closed"));
        until(() -> told.generation() == 2 && told.isReady(2));

        // then
        var secrets = folder.resolve("state/shop/shop-1/secrets");
        assertThat(Files.readString(secrets.resolve("user-shop-v2"))).isEqualTo("closed");
    }

    @Test
    void invalidEditIsRefusedWithPathValueAndReason() throws Exception {
        // given when
        save("shop.yaml", pool(2, 0, 6432));
        until(() -> told.lines.stream().anyMatch(l -> l.contains("refused")));

        // then
        assertThat(told.lines)
                .anyMatch(l -> l.startsWith("shop.yaml refused: spec.databases[shop].poolSize: 0")
                        && l.endsWith("; the old configuration serves"));
        assertThat(told.lines).noneMatch(l -> l.contains("draining"));
    }

    @Test
    void rollClassEditReplacesEveryPod() throws Exception {
        // given when
        save("shop.yaml", pool(2, 10, 6433));
        until(() -> told.generation() == 2 && told.isReady(2));

        // then
        assertThat(poolers.running).containsOnlyKeys("shop-3", "shop-4");
        assertThat(told.lines).anyMatch("shop-1: draining: replaced"::equals);
        assertThat(told.endpoints()).allMatch(e -> e.endsWith(":6433"));
    }

    @Test
    void removedManifestDrainsItsPods() throws Exception {
        // given when
        Files.delete(manifests.resolve("shop.yaml"));
        until(() -> told.pools.isEmpty());

        // then
        assertThat(told.lines).contains("shop-1: gone", "shop-2: gone");
    }

    private void run() {
        try {
            edge.run();
        } catch (IOException | InterruptedException e) {
            told.says("failed: " + e);
        }
    }

    private void save(String name, String text) throws IOException {
        var fresh = Files.writeString(folder.resolve("saved"), text);
        Files.move(fresh, manifests.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void until(BooleanSupplier condition) throws InterruptedException {
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline; said: " + told.lines).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static String pool(int replicas, int poolSize, int port) {
        return """
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: shop}
            spec:
              replicas: %d
              port: %d
              servers: [{name: main, serviceRef: {name: postgres}}]
              databases: [{name: shop, serverRefs: [main], poolSize: %d}]
              auth: {users: [{name: shop, secretRef: {name: shop-user}}]}
            """.formatted(replicas, port, poolSize);
    }

    private static final class Told implements Observer {
        final List<String> lines = Collections.synchronizedList(new ArrayList<>());
        final List<Accounts> accounts = Collections.synchronizedList(new ArrayList<>());
        volatile List<PoolView> pools = List.of();

        boolean isReady(int wanted) {
            return pools.size() == 1
                    && pools.getFirst().isReady()
                    && pools.getFirst().wanted() == wanted;
        }

        long generation() {
            return pools.isEmpty() ? 0 : pools.getFirst().generation();
        }

        List<String> endpoints() {
            return pools.getFirst().endpoints();
        }

        @Override
        public void says(String line) {
            lines.add(line);
        }

        @Override
        public void changed(List<PoolView> now, List<String> table) {
            pools = now;
        }

        @Override
        public void accepted(Accounts now) {
            accounts.add(now);
        }
    }
}
