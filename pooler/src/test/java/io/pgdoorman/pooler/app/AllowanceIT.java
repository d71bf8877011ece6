package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.http.AllowAnswer;
import io.pgdoorman.pooler.http.AllowRequest;
import io.pgdoorman.pooler.http.ControlState;
import io.pgdoorman.pooler.http.ControlState.Phase;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How many servers a pooler has is what somebody orders who sees its whole fleet.
class AllowanceIT {
    private static final Path MARK = Path.of(System.getProperty("java.io.tmpdir"), "pgdoorman-granted");
    private static final int SHARE = 6;
    private static final int CLIENTS = 24;

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void writes() throws IOException {
        config = folder.resolve("pooler.yaml");
        share(SHARE);
        forgets();
    }

    @AfterEach
    void forgets() throws IOException {
        Files.deleteIfExists(MARK);
    }

    private void share(int most) throws IOException {
        Files.writeString(config, """
            general: {host: 127.0.0.1, port: 0, worker_threads: 2, admin_username: admin, admin_password: secret}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                max_db_connections: %d
                reserve_pool_timeout: 60s
                startup_parameters: {application_name: allowance}
                users: [{username: app, password: "%s", pool_size: 40}]
            """.formatted(
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        most,
                        EmbeddedPg.shared().verifierOf("app")));
    }

    private void unattended(int seconds, int connections) throws IOException {
        Files.writeString(
                folder.resolve("meta.json"),
                "{\"generation\": 1, \"unattendedSeconds\": %d, \"unattendedConnections\": %d}"
                        .formatted(seconds, connections));
    }

    private static int open() {
        try (var owner = EmbeddedPg.shared().door().login()) {
            return Integer.parseInt(
                    owner.asksOne("select count(*) from pg_stat_activity where application_name = 'allowance'"));
        }
    }

    private static ControlState.Servers servers(Pooler pooler) {
        return Objects.requireNonNull(new Controls(pooler).state().servers());
    }

    private static AllowAnswer allow(Pooler pooler, @Nullable Integer most) {
        var hash = pooler.reloader().live().hash();
        return orders(pooler, new AllowRequest(hash, most == null ? null : Map.of(Door.DATABASE, most)));
    }

    private static AllowAnswer orders(Pooler pooler, AllowRequest request) {
        return new Controls(pooler).allow(request).toCompletableFuture().join();
    }

    private static WireClient login(Pooler pooler) {
        return new Door("pooler", "127.0.0.1", pooler.port()).login();
    }

    /// Clients that are never idle, and what went wrong with them.
    private static final class Load implements AutoCloseable {
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final AtomicInteger answered = new AtomicInteger();
        private final List<String> wrong = new CopyOnWriteArrayList<>();
        private final List<Thread> threads = new ArrayList<>();

        Load(Pooler pooler) {
            for (int i = 0; i < CLIENTS; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    try (var client = login(pooler)) {
                        while (!isOver.get()) {
                            var answer = client.asksOne("select 'done' from pg_sleep(0.02)");
                            if (!answer.equals("done")) {
                                wrong.add(answer);
                            }
                            answered.incrementAndGet();
                        }
                    } catch (RuntimeException | AssertionError broken) {
                        wrong.add(broken.toString());
                    }
                }));
            }
        }

        void goesOn() {
            int before = answered.get();
            Eventually.isTrue("clients are served", () -> answered.get() > before + 10 * CLIENTS);
        }

        @Override
        public void close() {
            isOver.set(true);
            Eventually.isTrue("clients leave", () -> threads.stream().noneMatch(Thread::isAlive));
        }
    }

    @Test
    void serversFollowItUnderLoadAndNobodyIsBroken() throws Exception {
        try (var pooler = Pooler.start(config)) {
            var load = new Load(pooler);
            try (load) {
                // given
                Eventually.isTrue("the share is used", () -> open() == SHARE);
                Eventually.isTrue("clients wait", () -> servers(pooler).waiting() > 0);
                assertThat(servers(pooler).needed()).isEqualTo(SHARE);

                // when
                var less = allow(pooler, 3);

                // then
                assertThat(less).isEqualTo(new AllowAnswer.Allowed(3));
                Eventually.isTrue("it holds less", () -> servers(pooler).held() <= 3 && open() <= 3);
                for (int sample = 0; sample < 5; sample++) {
                    load.goesOn();
                    assertThat(open()).isLessThanOrEqualTo(3);
                }

                // when
                var more = allow(pooler, 9);

                // then
                assertThat(more).isEqualTo(new AllowAnswer.Allowed(9));
                Eventually.isTrue("it takes more than its share", () -> open() > SHARE);
                assertThat(servers(pooler).most()).isEqualTo(9);
                assertThat(servers(pooler).share()).isEqualTo(SHARE);

                // when
                allow(pooler, null);

                // then
                Eventually.isTrue("it has its share", () -> open() <= SHARE);
                load.goesOn();
            }
            assertThat(load.wrong).isEmpty();
        }
    }

    @Test
    void whoIsInATransactionIsNotInterrupted() throws Exception {
        try (var pooler = Pooler.start(config);
                var first = login(pooler);
                var second = login(pooler)) {
            // given
            first.asks("begin; select 1");
            second.asks("begin; select 1");

            // when
            allow(pooler, 1);

            // then
            assertThat(servers(pooler).most()).isEqualTo(1);
            assertThat(servers(pooler).held()).isEqualTo(2);
            assertThat(first.asksOne("select 'here'")).isEqualTo("here");
            assertThat(second.asksOne("select 'here'")).isEqualTo("here");

            // when
            first.asks("commit");

            // then
            Eventually.isTrue("one is let go", () -> servers(pooler).held() == 1);
            assertThat(second.asksOne("select 'still'")).isEqualTo("still");
            second.asks("commit");
            assertThat(first.asksOne("select 'again'")).isEqualTo("again");
        }
    }

    @Test
    void anOrderForSomethingElseChangesNothing() throws Exception {
        try (var pooler = Pooler.start(config)) {
            // when
            var hash = pooler.reloader().live().hash();
            var other = orders(pooler, new AllowRequest("other", Map.of(Door.DATABASE, 3)));
            var unknown = orders(pooler, new AllowRequest(hash, Map.of("log", 3)));
            var partly = orders(pooler, new AllowRequest(hash, Map.of()));

            // then
            assertThat(List.of(other, unknown, partly)).allMatch(AllowAnswer.Refused.class::isInstance);
            assertThat(servers(pooler).most()).isEqualTo(SHARE);
        }
    }

    @Test
    void noOtherConfigurationMakesItMore() throws Exception {
        try (var pooler = Pooler.start(config)) {
            // given
            allow(pooler, 3);

            // when
            share(8);
            var _ = pooler.reload(null, null);

            // then
            assertThat(servers(pooler).most()).isEqualTo(3);
            assertThat(servers(pooler).share()).isEqualTo(8);

            // when
            allow(pooler, 12);
            share(5);
            var _ = pooler.reload(null, null);
            int less = servers(pooler).most();
            share(8);
            var _ = pooler.reload(null, null);

            // then
            assertThat(less).isEqualTo(5);
            assertThat(servers(pooler).most())
                    .as("what was said before does not come back")
                    .isEqualTo(8);
        }
    }

    @Test
    void whoIsStartedAgainInTheSamePodHasNoMoreThanBefore() throws Exception {
        // given
        unattended(600, 2);
        try (var pooler = Pooler.start(config)) {
            assertThat(pooler.threshold().grant(null)).isTrue();
            allow(pooler, 3);
        }

        // when
        try (var again = Pooler.start(config)) {
            // then
            assertThat(again.phase()).isEqualTo(Phase.READY);
            assertThat(servers(again).most()).isEqualTo(3);
            allow(again, 9);
        }

        // when
        try (var again = Pooler.start(config)) {
            // then
            assertThat(servers(again).most()).as("its share, as that is less").isEqualTo(SHARE);
        }
    }

    @Test
    void whoEntersUnaskedTakesWhatIsLeftForThat() throws Exception {
        // given
        unattended(1, 2);

        // when
        try (var pooler = Pooler.start(config)) {
            Eventually.isTrue("it serves", () -> pooler.phase() == Phase.READY);

            // then
            assertThat(servers(pooler).most()).isEqualTo(2);
        }
        try (var again = Pooler.start(config)) {
            assertThat(servers(again).most()).as("after a restart").isEqualTo(2);
        }
    }
}
