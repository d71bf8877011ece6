package io.pgdoorman.e2e.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.Progress;
import io.pgdoorman.e2e.drivers.Driver;
import io.pgdoorman.e2e.local.LocalPooler;
import io.pgdoorman.e2e.local.LocalPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Clients of several pools do everything at once while servers, PostgreSQL and clients die.
///
/// `-Dsoak.seconds=1800` makes it the half hour of the promise; `-Dsoak.seed=N` repeats a run's dice.
class SoakE2E {

    static final String PASSWORD = "only for tests";

    private static final Path WORK = LocalPooler.ROOT.resolve("e2e/target/soak");
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("soak.seconds", 120));
    private static final Duration WARM_UP = Duration.ofSeconds(30);
    private static final long SEED = Long.getLong("soak.seed", System.nanoTime());
    private static final List<String> DRIVERS = List.of("pgx", "psycopg", "pgjdbc");
    private static final int SHOP_APP = 5;
    private static final int SHOP_CLERK = 2;
    private static final int DESK_APP = 6;
    private static final int SLACK = 2 << 20;

    /// PostgreSQL may sleep 20 s for a client that died, and is cancelled sooner or later.
    private static final Duration REST = Duration.ofSeconds(90);

    private final LocalPostgres postgres = LocalPostgres.start();
    private final List<Driver> drivers = Driver.all().stream()
            .filter(driver -> DRIVERS.contains(driver.name()))
            .toList();
    private final LocalPooler pooler = startPooler();
    private final Tally tally = new Tally();
    private final List<String> diary = new ArrayList<>();

    private LocalPooler startPooler() {
        for (var user : List.of("app", "clerk", Driver.USER)) {
            postgres.does("create role %s login password '%s'".formatted(user, PASSWORD));
        }
        postgres.does("create database shop", "create database desk");
        for (var database : List.of("shop", "desk")) {
            try (var connection = connect(postgres.port(), database, "postgres");
                    var statement = connection.createStatement()) {
                statement.execute("create table soak (owner text, n int4)");
                statement.execute("create index on soak (owner)");
                statement.execute("grant all on soak to app, clerk");
                statement.execute("grant create on schema public to app, clerk");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        drivers.forEach(
                driver -> postgres.does("create database \"%s\" owner %s".formatted(driver.name(), Driver.USER)));
        var shop = """
            general: {%s, worker_threads: 2, query_wait_timeout: 120s, client_login_timeout: 120s, connect_timeout: 30s, prepared_statements_cache_size: 500,
              server_prepared_statements_cache_size: 100, log_client_connections: false, log_client_disconnections: false}
            web: {enabled: true, host: 127.0.0.1, port: 0}
            pools:
              shop:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: %s, pool_size: %d}
                  - {username: clerk, password: %s, pool_size: %d}
              desk:
                server_host: 127.0.0.1
                server_port: %d
                pool_mode: session
                users: [{username: app, password: %s, pool_size: %d}]
            """.formatted(
                        LocalPooler.GENERAL,
                        postgres.port(),
                        PASSWORD,
                        SHOP_APP,
                        PASSWORD,
                        SHOP_CLERK,
                        postgres.port(),
                        PASSWORD,
                        DESK_APP);
        var others = drivers.stream()
                .map(driver -> """
                      %s:
                        server_host: 127.0.0.1
                        server_port: %d
                        pin_on: [listen]
                        users: [{username: %s, password: %s, pool_size: 3}]
                    """.formatted(driver.name(), postgres.port(), Driver.USER, PASSWORD))
                .collect(Collectors.joining());
        return LocalPooler.start(WORK, shop + others);
    }

    private static Connection connect(int port, String database, String user) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database, user, PASSWORD);
    }

    @Test
    void everyAnswerIsRightAndNothingIsLeftBehind() throws Exception {
        // given
        note("seed " + SEED);
        load(WARM_UP, new Random(SEED));
        awaitRest();
        var before = Footprint.of(pooler);
        note("after the warm-up: " + before);

        // when
        try {
            load(LENGTH, new Random(SEED + 1));
        } finally {
            write(); // a run that fails has counted, too
        }

        // then
        awaitRest();
        var after = Footprint.of(pooler);
        note("at the end: " + after);
        write();
        assertThat(tally.wrong()).isEmpty();
        assertThat(pooler.logged("ERROR")).isEmpty();
        for (var errand : Errand.values()) {
            assertThat(tally.done()).containsKey(errand.name());
        }
        assertThat(tally.done()).containsKeys("kill of a server", "restart of PostgreSQL");
        assertThat(after.heap()).as("live heap").isLessThan(before.heap() + before.heap() / 10 + SLACK);
        assertThat(after.direct()).as("direct buffers").isLessThanOrEqualTo(before.direct() + SLACK);
        for (var pool : List.of("shop app " + SHOP_APP, "shop clerk " + SHOP_CLERK, "desk app " + DESK_APP)) {
            var words = pool.split(" ");
            lendsAllItsServers(words[0], words[1], Integer.parseInt(words[2]));
        }
    }

    private void load(Duration length, Random dice) throws Exception {
        var isOver = new AtomicBoolean();
        var end = Instant.now().plus(length);
        try (var threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("soak-", 0).factory())) {
            var running = new ArrayList<Future<?>>();
            work(isOver::get, dice).forEach(task -> running.add(threads.submit(task)));
            int minute = 0;
            while (Instant.now().isBefore(end)) {
                Progress.pause(Duration.ofMillis(500));
                if (Duration.between(Instant.now(), end).toSeconds() < length.toSeconds() - 60L * (minute + 1)) {
                    minute++;
                    note("minute %d: %d errands, %d wrong, %s"
                            .formatted(minute, tally.total(), tally.wrong().size(), Footprint.of(pooler)));
                }
                if (!tally.wrong().isEmpty() || !pooler.isAlive()) {
                    break;
                }
            }
            isOver.set(true);
            for (var task : running) {
                task.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private Stream<Runnable> work(BooleanSupplier isOver, Random dice) {
        var all = new ArrayList<Runnable>();
        for (int i = 0; i < 12; i++) {
            all.add(visitor("shop", "app", dice).until(isOver));
        }
        for (int i = 0; i < 6; i++) {
            all.add(visitor("shop", "clerk", dice).until(isOver));
            all.add(visitor("desk", "app", dice).until(isOver));
        }
        var troubles = new Troubles(postgres, pooler, tally);
        all.add(troubles.kills(new Random(dice.nextLong()), isOver));
        all.add(troubles.restarts(isOver));
        drivers.forEach(driver -> all.add(troubles.drives(driver, isOver)));
        return all.stream();
    }

    private Visitor visitor(String database, String user, Random dice) {
        return new Visitor(database, user, database.equals("desk"), pooler.port(), tally, new Random(dice.nextLong()));
    }

    /// No client and no busy server is left, and PostgreSQL counts as many of our connections as the pools. The
    /// server of a client that died counts as busy until PostgreSQL has ended it.
    private void awaitRest() {
        Progress.until(
                "all clients have left",
                REST,
                () -> pooler.show("pools").stream()
                        .allMatch(pool -> Stream.of("cl_idle", "cl_active", "cl_waiting", "sv_active", "sv_login")
                                .allMatch(column -> "0".equals(pool.get(column)))));
        Progress.until("PostgreSQL and the pools count alike", REST, () -> {
            var ours = pooler.show("pools").stream()
                    .mapToInt(pool -> Integer.parseInt(pool.getOrDefault("sv_idle", "0")))
                    .sum();
            var theirs = postgres.asks(
                    "select count(*) from pg_stat_activity where usename in ('app', 'clerk', '" + Driver.USER + "')");
            return theirs.equals(List.of("" + ours));
        });
    }

    private void lendsAllItsServers(String database, String user, int size) throws SQLException {
        var all = new ArrayList<Connection>();
        try {
            for (int i = 0; i < size; i++) {
                var connection = connect(pooler.port(), database, user);
                all.add(connection);
                connection.setAutoCommit(false);
                try (var statement = connection.createStatement()) {
                    statement.execute("select 1");
                }
            }
            assertThat(pooler.show("pools"))
                    .anySatisfy(pool -> assertThat(pool)
                            .containsEntry("database", database)
                            .containsEntry("user", user)
                            .containsEntry("sv_active", "" + size));
        } finally {
            for (var connection : all) {
                connection.close();
            }
        }
    }

    private void note(String line) {
        Progress.say("soak: " + line);
        diary.add(line);
    }

    private void write() throws IOException {
        var report = new ArrayList<>(diary);
        report.add("lost with killed servers: " + tally.lost());
        report.add("done: " + tally.done());
        report.add("wrong: " + tally.wrong());
        Progress.say(String.join("\n", report));
        Files.write(WORK.resolve("report.txt"), report);
    }

    @AfterEach
    void end() {
        pooler.close();
        postgres.close();
    }
}
