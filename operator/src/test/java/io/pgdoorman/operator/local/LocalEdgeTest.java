package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
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
        var options = new LocalEdge.Options(
                manifests, folder.resolve("state"), folder, Map.of("postgres", "127.0.0.1:5432"), 9127);
        var tools = new Fleet.Tools(poolers, poolers, new Addresses(), InstantSource.system(), told::says);
        edge = new LocalEdge(options, tools, told);
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
        until(() -> told.count(": acknowledged config") == 4);

        // then
        var secrets = folder.resolve("state/shop/shop-1/secrets");
        assertThat(Files.readString(secrets.resolve("user-shop-v2"))).isEqualTo("closed");
    }

    @Test
    void invalidEditIsRefusedWithPathValueAndReason() throws Exception {
        // given when
        save("shop.yaml", pool(2, 0, 6432));
        until(() -> told.count("refused") > 0);

        // then
        assertThat(told.lines)
                .anyMatch(l -> l.startsWith("shop.yaml refused: spec.databases[shop].poolSize: 0")
                        && l.endsWith("; the old configuration serves"));
        assertThat(told.lines).noneMatch(l -> l.contains("draining"));
    }

    @Test
    void whatOnlyAClusterHasIsRefusedWhileTheOldConfigurationServes() throws Exception {
        // given when
        save("shop.yaml", pool(2, 10, 6432) + "  reload: {policy: Manual}\n");
        until(() -> told.count("refused") > 0);

        // then
        assertThat(told.lines)
                .anyMatch(l -> l.startsWith("shop.yaml refused: spec.reload.policy: Manual is for a cluster")
                        && l.endsWith("; the old configuration serves"));
    }

    @Test
    void rejectedConfigurationStaysWithTheCanary() throws Exception {
        // given
        poolers.refuses = true;

        // when
        save("shop.yaml", pool(2, 5, 6432));
        until(() -> told.count("ConfigRejected") > 0);

        // then
        assertThat(told.lines)
                .anyMatch(l -> l.startsWith("shop: ConfigRejected: pod shop-1 refused the configuration:"
                        + " pools.app.server_host: cannot be resolved"));
        assertThat(told.count(": acknowledged config")).isEqualTo(2);
        until(() ->
                onDisk("shop-1").contains("pool_size: 10") && onDisk("shop-2").contains("pool_size: 10"));
    }

    /// As when another branch is checked out and back.
    @Test
    void aFolderThatIsGoneForAWhileTakesNoPodAway() throws Exception {
        // given
        var away = folder.resolve("away");
        Files.move(manifests, away);
        until(() -> told.count("cannot be read") > 0);

        // when
        Files.move(away, manifests);
        save("shop.yaml", pool(2, 5, 6432));
        until(() -> told.generation() == 2 && told.isReady(2));

        // then
        assertThat(told.count("cannot be read")).isOne();
        assertThat(poolers.starts).containsOnly(Map.entry("shop-1", 1), Map.entry("shop-2", 1));
    }

    @Test
    void missingSecretIsNamedWhilePodsServe() throws Exception {
        // given when
        Files.delete(manifests.resolve("user.yaml"));
        until(() -> told.count("SecretMissing") > 0);

        // then
        assertThat(told.lines)
                .anyMatch(l -> l.contains("user shop: Secret shop-user does not exist")
                        && l.endsWith("running pods keep what they have"));
        assertThat(poolers.running).containsOnlyKeys("shop-1", "shop-2");
    }

    @Test
    void unknownServiceIsRefusedWithPathValueAndExpectation() throws Exception {
        // given when
        save("shop.yaml", pool(2, 10, 6432).replace("postgres", "postgresql"));
        until(() -> told.count("InvalidConfig") > 0);

        // then
        assertThat(told.lines)
                .anyMatch(l -> l.contains("spec.servers[main].serviceRef.name: \"postgresql\" is no Service of this"
                        + " machine, expected one of postgres"));
    }

    @Test
    void fewerAndMoreReplicasDrainAndStart() throws Exception {
        // given when
        save("shop.yaml", pool(3, 10, 6432));
        until(() -> told.isReady(3));
        save("shop.yaml", pool(1, 10, 6432));
        until(() -> told.isReady(1));

        // then
        assertThat(told.count("draining: no longer wanted")).isEqualTo(2);
        assertThat(poolers.running).hasSize(1);
    }

    @Test
    void crashedPodComesBackAtTheSameAddress() throws Exception {
        // given
        var before = told.endpoints();

        // when
        poolers.named("shop-2").crash();
        until(() -> poolers.starts.getOrDefault("shop-2", 0) == 2 && told.isReady(2));

        // then
        assertThat(told.lines).anyMatch(l -> l.startsWith("shop-2: ended with exit code 1, starts again in 1 s"));
        assertThat(told.endpoints()).isEqualTo(before);
    }

    @Test
    void drainingPodStaysUntilItsLastClientLeft() throws Exception {
        // given
        poolers.named("shop-1").clients = 1;
        poolers.named("shop-2").clients = 1;

        // when
        save("shop.yaml", pool(2, 10, 6433));
        until(() -> told.count("draining: replaced") == 1);
        var whileClientsStay = poolers.running.keySet().toString();
        poolers.running.values().forEach(p -> p.clients = 0);
        until(() -> told.isReady(2));

        // then
        assertThat(whileClientsStay).isEqualTo("[shop-1, shop-2, shop-3]");
        assertThat(poolers.running).containsOnlyKeys("shop-3", "shop-4");
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
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline; said: " + told.lines).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private String onDisk(String pod) {
        try {
            return Files.readString(folder.resolve("state/shop/" + pod + "/pgdoorman.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
        final List<String> lines = new CopyOnWriteArrayList<>();
        final List<Accounts> accounts = new CopyOnWriteArrayList<>();
        volatile List<PoolView> pools = List.of();

        boolean isReady(int wanted) {
            return pools.size() == 1
                    && pools.getFirst().isSettled()
                    && pools.getFirst().count().wanted() == wanted;
        }

        long count(String part) {
            return lines.stream().filter(l -> l.contains(part)).count();
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
