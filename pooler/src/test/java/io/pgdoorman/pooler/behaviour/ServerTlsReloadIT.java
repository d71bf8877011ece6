package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Certificates on the side of PostgreSQL change while the pooler runs.
class ServerTlsReloadIT {
    private static final Claims NAME = Claims.of("CN=db", "127.0.0.1");
    private static final String WAY = "select coalesce(version, 'plain') from pg_stat_ssl where pid = pg_backend_pid()";
    private static final Papers FIRST = Papers.authority("CN=first authority");
    private static final Papers SECOND = Papers.authority("CN=second authority");

    private static PgNode node;

    @TempDir
    Path folder;

    @BeforeAll
    static void startsPostgres() {
        node = PgNode.primary();
        for (var role : Door.Role.values()) {
            node.does("alter role " + role.user() + " password '"
                    + EmbeddedPg.shared().verifierOf(role.user()) + "'");
        }
        node.rules("hostssl all all 127.0.0.1/32 scram-sha-256", "hostnossl all clerk 127.0.0.1/32 scram-sha-256");
    }

    @AfterAll
    static void stopsPostgres() {
        node.close();
    }

    private static void postgresShows(Papers authority) {
        node.shows(authority.issues(NAME), authority);
        node.reload();
    }

    private void believes(String bundle) throws IOException {
        var next = Files.writeString(folder.resolve("next"), bundle);
        Files.move(next, folder.resolve("ca.pem"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .pool("server_port", String.valueOf(node.port()))
                .pool("server_tls_mode", "verify-full")
                .pool("server_tls_ca_cert", folder.resolve("ca.pem").toString());
    }

    private static List<String> authorities(PoolerFixture pooler) {
        return pooler.console("show certificates", "subject");
    }

    private static List<String> faults(PoolerFixture pooler) {
        return pooler.console("show certificates", "fault");
    }

    @Test
    void theAuthorityChangesUnderLoadAndNoTransactionFails() throws IOException {
        // given: servers that never grow old, so that the new authority is asked all the time
        believes(Papers.pem(FIRST.certificate()));
        postgresShows(FIRST);
        try (var pooler = wish().serverPasswords()
                        .pool("server_lifetime", "500ms")
                        .start();
                var load = new Load(pooler)) {
            load.goesOnWith(20);

            // when
            believes(Papers.pem(FIRST.certificate()) + Papers.pem(SECOND.certificate()));
            Eventually.isTrue("both are believed", () -> authorities(pooler).size() == 2);
            postgresShows(SECOND);
            load.goesOnWith(60);
            believes(Papers.pem(SECOND.certificate()));
            Eventually.isTrue(
                    "the second one is believed", () -> authorities(pooler).equals(List.of("CN=second authority")));
            load.goesOnWith(60);

            // then
            assertThat(load.failures()).isEmpty();
            assertThat(pooler.console("show certificates", "role")).containsOnly("server_ca");
            assertThat(faults(pooler)).containsOnlyNulls();
        }
    }

    @Test
    void badFilesChangeNothingAndAreTold() throws IOException {
        // given
        believes(Papers.pem(FIRST.certificate()));
        FIRST.issues(Claims.of("CN=app")).write(folder, "app");
        postgresShows(FIRST);
        try (var pooler = wish().serverPasswords()
                        .pool(
                                "server_tls_certificate",
                                folder.resolve("app.crt").toString())
                        .pool(
                                "server_tls_private_key",
                                folder.resolve("app.key").toString())
                        .start();
                var before = pooler.door().login()) {
            assertThat(before.asksOne(WAY)).isEqualTo("TLSv1.3");

            // when: a certificate with another's key
            FIRST.issues(Claims.of("CN=app")).write(folder, "other");
            Files.copy(folder.resolve("other.crt"), folder.resolve("app.crt"), StandardCopyOption.REPLACE_EXISTING);

            // then
            Eventually.isTrue(
                    "the bad pair was seen",
                    () -> faults(pooler).stream()
                            .allMatch(fault -> fault != null && fault.contains("does not belong to")));
            assertThat(newServer(pooler, Door.Role.CLERK)).isEqualTo("TLSv1.3");
            assertThat(before.asksOne(WAY)).isEqualTo("TLSv1.3");

            // when: no PEM at all
            believes("rubbish");

            // then
            Eventually.isTrue(
                    "the rubbish was seen",
                    () -> faults(pooler).stream().allMatch(fault -> fault != null && fault.contains("ca.pem")));
            assertThat(newServer(pooler, Door.Role.PLAYER)).isEqualTo("TLSv1.3");

            // when: all is well again
            Files.copy(folder.resolve("other.key"), folder.resolve("app.key"), StandardCopyOption.REPLACE_EXISTING);
            believes(Papers.pem(FIRST.certificate()));

            // then
            Eventually.isTrue(
                    "good files are in use", () -> faults(pooler).stream().allMatch(fault -> fault == null));
        }
    }

    @Test
    void anotherModeHoldsForTheServersThatComeAfterIt() throws IOException {
        // given
        believes(Papers.pem(FIRST.certificate()));
        postgresShows(FIRST);
        try (var pooler = wish().serverPasswords()
                        .pool("server_tls_mode", "disable")
                        .start();
                var client = pooler.door().login(Door.Role.CLERK);
                var busy = pooler.door().login(Door.Role.CLERK)) {
            assertThat(client.asksOne(WAY)).isEqualTo("plain");
            busy.asks("begin");
            assertThat(busy.asksOne(WAY)).isEqualTo("plain");

            // when
            pooler.reload(wish -> wish.pool("server_tls_mode", "verify-full"));

            // then
            assertThat(busy.asksOne(WAY)).isEqualTo("plain");
            busy.asks("commit");
            assertThat(busy.asksOne(WAY)).isEqualTo("TLSv1.3");
            assertThat(client.asksOne(WAY)).isEqualTo("TLSv1.3");
        }
    }

    /// The way to PostgreSQL of a user who had no server yet.
    private static String newServer(PoolerFixture pooler, Door.Role role) {
        try (var client = pooler.door().login(role)) {
            return client.asksOne(WAY);
        }
    }

    /// Clients that begin and commit without a pause.
    private static final class Load implements AutoCloseable {
        private final AtomicBoolean ends = new AtomicBoolean();
        private final AtomicLong transactions = new AtomicLong();
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();
        private final List<Thread> threads = new ArrayList<>();

        Load(PoolerFixture pooler) {
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.startVirtualThread(() -> run(pooler.door().jdbcUrl())));
            }
        }

        private void run(String url) {
            try (var connection = DriverManager.getConnection(url, "app", "app-secret")) {
                connection.setAutoCommit(false);
                while (!ends.get()) {
                    try (var statement = connection.createStatement()) {
                        statement.execute("select count(*) from pg_class");
                    }
                    connection.commit();
                    transactions.incrementAndGet();
                }
            } catch (SQLException e) {
                failures.add(String.valueOf(e));
            }
        }

        /// Waits for so many more.
        void goesOnWith(int more) {
            // in small steps, as a busy machine may be slow
            for (int done = 0; done < more; done += 10) {
                long until = transactions.get() + 10;
                Eventually.isTrue("10 transactions", () -> transactions.get() >= until || !failures.isEmpty());
            }
        }

        Queue<String> failures() {
            return failures;
        }

        @Override
        public void close() {
            ends.set(true);
            Eventually.isTrue("the load has ended", () -> threads.stream().noneMatch(Thread::isAlive));
        }
    }
}
