package io.pgdoorman.e2e.drivers;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.Progress;
import io.pgdoorman.e2e.local.LocalPooler;
import io.pgdoorman.e2e.local.LocalPostgres;
import io.pgdoorman.e2e.local.LocalService;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Some 200 clients of six drivers are in the middle of transactions, each driver with its own pool of connections,
/// while their pooler is drained in every way that there is: no transaction is broken, and each that was committed is
/// there. What each driver saw is in `e2e/target/drivers/drain.md`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DrainE2E {

    /// Of each driver.
    private static final int CLIENTS = 34;

    private static final int POOL_SIZE = 40;
    private static final int DRAINS = 3;
    private static final String DATABASE = "postgres";
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final LocalPostgres postgres = LocalPostgres.start();

    /// Who takes over next: they stand ready, as pods do.
    private final Queue<LocalPooler> next = new ArrayDeque<>();

    private LocalPooler pooler;
    private LocalService service;
    private Crew crew;

    @BeforeAll
    void allDriversWork() {
        postgres.does(
                "create role %s login password '%s'".formatted(Driver.USER, Driver.PASSWORD),
                Crew.tables(CLIENTS),
                "grant all on traffic_account, traffic_ledger to " + Driver.USER);
        for (int i = 0; i <= DRAINS; i++) {
            next.add(LocalPooler.start(Driver.WORK.resolve("drain-" + i), configuration(DATABASE)));
        }
        pooler = next.remove();
        service = new LocalService(pooler.port());
        crew = Crew.start(
                Map.of(
                        "PGHOST",
                        "127.0.0.1",
                        "PGPORT",
                        String.valueOf(service.port()),
                        "PGUSER",
                        Driver.USER,
                        "PGPASSWORD",
                        Driver.PASSWORD,
                        "PGDATABASE",
                        DATABASE,
                        "PGSSLMODE",
                        "disable"),
                CLIENTS);
    }

    /// @param name of the database, as clients see it
    private String configuration(String name) {
        return """
            general: {%s, worker_threads: 2, shutdown_timeout: 30s}
            web: {enabled: true, host: 127.0.0.1, port: 0}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                server_database: %s
                users: [{username: %s, password: %s, pool_size: %d}]
            """.formatted(
                        LocalPooler.GENERAL, name, postgres.port(), DATABASE, Driver.USER, Driver.PASSWORD, POOL_SIZE);
    }

    @Test
    void drainEndpoint() {
        try (var leaving = newcomersGoToTheNext()) {
            leaving.post("/api/admin/drain");
            awaitNobodyAt(leaving);
        }
        crew.nobodyMinds("drain endpoint");
    }

    @Test
    void sigterm() {
        var leaving = newcomersGoToTheNext();
        leaving.close();
        assertAllLeft(leaving);
        crew.nobodyMinds("SIGTERM");
    }

    @Test
    void shutdown() {
        var leaving = newcomersGoToTheNext();
        leaving.order("shutdown");
        leaving.awaitEnd(LIMIT);
        assertAllLeft(leaving);
        crew.nobodyMinds("SHUTDOWN");
    }

    @Test
    void databaseIsRemovedAndComesBack() {
        pooler.reload(configuration("another"));
        awaitNobodyAt(pooler);
        pooler.reload(configuration(DATABASE));
        crew.nobodyMinds("database removed");
    }

    @Test
    void upgradeInPlace() {
        pooler.upgrade(LIMIT);
        assertThat(crew.nobodyMinds("upgrade")).as("refused").isZero();
    }

    /// @return the pooler that nobody new comes to
    private LocalPooler newcomersGoToTheNext() {
        var leaving = pooler;
        pooler = next.remove();
        service.leadTo(pooler.port());
        return leaving;
    }

    private static void awaitNobodyAt(LocalPooler pooler) {
        Progress.until(
                "all clients have left",
                LIMIT,
                () -> pooler.show("clients").stream().noneMatch(client -> Driver.USER.equals(client.get("user"))));
    }

    private static void assertAllLeft(LocalPooler pooler) {
        assertThat(pooler.logged("INFO")).anyMatch(line -> line.contains("all clients have left"));
        assertThat(pooler.logged("ERROR")).isEmpty();
    }

    @AfterAll
    void allThatWasAcknowledgedIsThere() {
        try (postgres;
                var _ = service;
                var all = crew) {
            all.finish(query -> Long.parseLong(postgres.asks(query).getFirst()));
        } finally {
            crew.tell(Driver.WORK.resolve("drain.md"));
            next.add(pooler);
            next.forEach(LocalPooler::close);
        }
    }
}
