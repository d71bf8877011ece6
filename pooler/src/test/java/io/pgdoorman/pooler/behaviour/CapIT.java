package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.app.Pooler;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Users of one database who share a cap on its servers.
class CapIT {
    private static final int USERS = 5;
    private static final int CLIENTS_OF_EACH = 4;

    @TempDir
    Path folder;

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicIntegerArray answered = new AtomicIntegerArray(USERS * CLIENTS_OF_EACH);
    private final List<String> wrong = new ArrayList<>();

    private Path config(String cap) throws IOException {
        var users = new StringBuilder();
        for (int i = 0; i < USERS; i++) {
            users.append(
                    "      - {username: u%d, password: secret, pool_size: 8, server_username: %s, server_password: %s}\n"
                            .formatted(i, Door.Role.APP.user(), Door.Role.APP.password()));
        }
        return Files.writeString(folder.resolve("pooler.yaml"), """
            general: {host: 127.0.0.1, port: 0, admin_username: admin, admin_password: admin-secret, worker_threads: 2,
              query_wait_timeout: 10s, scaling_fast_retries: 0}
            pools:
              shop:
                server_host: 127.0.0.1
                server_port: %d
                reserve_pool_timeout: 2s
                min_connection_lifetime: 100ms
                %s
                users:
            %s\
            """.formatted(
                        EmbeddedPg.shared().door().port(), cap, users));
    }

    @Test
    void capHoldsAndNobodyStarvesUnderLoadAndChanges() throws Exception {
        // given
        // PostgreSQL may still be at work for clients that vanished in other tests; here servers are counted.
        Eventually.isTrue(
                "no servers of other tests",
                () -> EmbeddedPg.shared()
                        .asks("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'")
                        .isEmpty());
        var pooler = Pooler.start(config("max_db_connections: 6"));
        var door = new Door("pooler", "127.0.0.1", pooler.port());
        try (pooler;
                var console = door.connect().loggedIn("admin", "admin-secret", "pgdoorman", Map.of());
                var sampler = new Sampler()) {
            var clients = new ArrayList<Thread>();
            for (int i = 0; i < USERS * CLIENTS_OF_EACH; i++) {
                int number = i;
                clients.add(Thread.ofPlatform().start(() -> asksOn(door, number)));
            }

            // when
            everybodyIsAnswered();
            int mostOfSix = sampler.most.getAndSet(0);
            config("max_db_connections: 3");
            console.asks("RELOAD");
            Eventually.isTrue("at most 3 servers", () -> sampler.now.get() <= 3);
            sampler.most.set(0);
            everybodyIsAnswered();
            int mostOfThree = sampler.most.get();
            config("max_db_connections: 0");
            console.asks("RELOAD");
            Eventually.isTrue("more than 6 servers", () -> sampler.now.get() > 6);
            over.set(true);
            for (var client : clients) {
                client.join();
            }

            // then
            assertThat(mostOfSix).isBetween(1, 6);
            assertThat(mostOfThree).isBetween(1, 3);
            assertThat(wrong).isEmpty();
        }
    }

    @Test
    void whoGetsNoServerIsToldWhy() throws Exception {
        // given
        var pooler = Pooler.start(config("max_db_connections: 1\n    reserve_pool_size: 1"));
        var door = new Door("pooler", "127.0.0.1", pooler.port());
        try (pooler;
                var first = login(door, 0);
                var second = login(door, 1);
                var third = login(door, 2)) {
            first.asks("begin; select 1");
            second.asks("begin; select 1");

            // when
            var replies = third.asks("select 1");

            // then
            assertThat(replies.getFirst().error())
                    .isEqualTo("ERROR 53300 no server for database \"shop\", user \"u2\": max_db_connections (1) is"
                            + " reached");
            assertThat(replies.getFirst().body())
                    .contains("Servers of database \"shop\": 2, of which reserve 1 of 1")
                    .contains("Raise max_db_connections");
            second.asks("commit");
            assertThat(third.asksOne("select 3")).isEqualTo("3");
        }
    }

    private static WireClient login(Door door, int user) {
        return door.connect().loggedIn("u" + user, "secret", Door.DATABASE, Map.of());
    }

    private void asksOn(Door door, int number) {
        try (var client = login(door, number % USERS)) {
            for (int i = 0; !over.get(); i++) {
                var question = number + "-" + i;
                var answer = client.asksOne("select '" + question + "' from pg_sleep(0.002)");
                if (!question.equals(answer)) {
                    note(question + ": " + answer);
                    return;
                }
                answered.incrementAndGet(number);
            }
        } catch (RuntimeException | AssertionError failed) {
            note(number + ": " + failed);
        }
    }

    private synchronized void note(String what) {
        wrong.add(what);
    }

    /// Each client of each user gets twenty answers more.
    private void everybodyIsAnswered() {
        int[] before = new int[answered.length()];
        for (int i = 0; i < before.length; i++) {
            before[i] = answered.get(i);
        }
        Eventually.isTrue("twenty answers for each client", () -> {
            for (int i = 0; i < before.length; i++) {
                if (answered.get(i) - before[i] < 20) {
                    return false;
                }
            }
            return true;
        });
    }

    /// Looks at PostgreSQL as often as it can.
    private static final class Sampler implements AutoCloseable {
        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        private final AtomicBoolean over = new AtomicBoolean();
        private final Thread thread = Thread.ofPlatform().start(this::looks);

        private void looks() {
            try (var connection = DriverManager.getConnection(
                            EmbeddedPg.shared().door().jdbcUrl(), "postgres", "");
                    var query = connection.prepareStatement(
                            "select count(*) from pg_stat_activity where usename = 'app'")) {
                while (!over.get()) {
                    try (var rows = query.executeQuery()) {
                        rows.next();
                        int count = rows.getInt(1);
                        now.set(count);
                        most.accumulateAndGet(count, Math::max);
                    }
                    Thread.onSpinWait();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            over.set(true);
            Eventually.isTrue("the sampler's end", () -> !thread.isAlive());
        }
    }
}
