package io.pgdoorman.e2e.drivers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pgdoorman.e2e.Progress;
import io.pgdoorman.e2e.local.LocalPooler;
import io.pgdoorman.e2e.local.LocalPostgres;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/// Each driver does the same things with PostgreSQL itself and through a pooler in transaction mode whose pools are
/// smaller than the number of connections, so that hardly a statement meets the server that prepared it: all servers of
/// a pool are there from the start, and the one idle for longest is lent.
///
/// `-Ddrivers=NAME,…` runs some; `-Ddrivers.write=true` renews the table in `e2e/drivers/README.md`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DriversE2E {

    private static final int POOL_SIZE = 3;
    private static final int AT_ONCE = 4;

    private final List<Driver> drivers = Driver.all();
    private final List<String> scenarios = Driver.scenarios();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ExecutorService runners = Executors.newFixedThreadPool(AT_ONCE);
    private final Map<Driver, CompletableFuture<Results>> runs = new LinkedHashMap<>();
    private final LocalPostgres postgres = LocalPostgres.start();
    private final LocalPooler pooler = startPooler();

    private LocalPooler startPooler() {
        postgres.does("create role %s login password '%s'".formatted(Driver.USER, Driver.PASSWORD));
        drivers.forEach(
                driver -> postgres.does("create database \"%s\" owner %s".formatted(driver.name(), Driver.USER)));
        var pools = drivers.stream()
                .map(driver -> """
                      %s:
                        server_host: 127.0.0.1
                        server_port: %d
                        pin_on: [listen]
                        users: [{username: %s, password: %s, pool_size: %d, min_pool_size: %d}]
                    """.formatted(
                                driver.name(), postgres.port(), Driver.USER, Driver.PASSWORD, POOL_SIZE, POOL_SIZE))
                .collect(Collectors.joining());
        return LocalPooler.start(Driver.WORK, """
            general: {%s, worker_threads: 2, server_round_robin: true,
              query_wait_timeout: 50s, client_login_timeout: 50s, connect_timeout: 20s}
            pools:
            """.formatted(LocalPooler.GENERAL) + pools);
    }

    @BeforeAll
    void beginAll() {
        var builds = drivers.stream()
                .map(Driver::language)
                .distinct()
                .collect(Collectors.toMap(
                        language -> language,
                        language -> CompletableFuture.runAsync(() -> Driver.build(language), threads)));
        for (var driver : drivers) {
            var built = builds.getOrDefault(driver.language(), CompletableFuture.completedFuture(null));
            runs.put(driver, built.thenApplyAsync(_ -> run(driver), runners));
        }
    }

    private Results run(Driver driver) {
        var direct = driver.run(postgres.port(), Driver.Servers.ONE);
        var pooled = driver.run(pooler.port(), Driver.Servers.MANY);
        Progress.say(driver.name() + " has run: " + pooled.version());
        return new Results(driver, direct, pooled);
    }

    @TestFactory
    Stream<DynamicNode> everyDriver() {
        return drivers.stream().map(driver -> dynamicContainer(driver.name(), testsOf(driver)));
    }

    /// One for the program, and one for each scenario that it does not declare to leave out.
    private Stream<DynamicNode> testsOf(Driver driver) {
        var ran = runs.getOrDefault(driver, new CompletableFuture<>());
        var program = dynamicTest(driver.name() + " runs", () -> {
            var results = ran.join();
            assertThat(results.direct().broken())
                    .as("against PostgreSQL itself")
                    .isEmpty();
            assertThat(results.pooled().broken()).as("through the pooler").isEmpty();
            assertThat(results.version()).isNotEmpty();
        });
        var others = scenarios.stream()
                .filter(scenario -> !driver.cannot().containsKey(scenario))
                .map(scenario -> dynamicTest(
                        driver.name() + " " + scenario, () -> ran.join().check(scenario)));
        return Stream.concat(Stream.of(program), others);
    }

    @TestFactory
    Stream<DynamicNode> theTableIsWhatIsWritten() {
        return Stream.of(dynamicTest("the table of README.md is what came out", () -> {
            // given
            var results = runs.values().stream().map(CompletableFuture::join).toList();
            var table = new Table(scenarios, results);

            // when
            Files.writeString(Driver.WORK.resolve("table.md"), table.text() + "\n");

            // then
            var readme = Driver.FOLDER.resolve("README.md");
            if (Boolean.getBoolean("drivers.write")) {
                var text = Files.readString(readme);
                Files.writeString(
                        readme,
                        text.substring(0, text.indexOf(Table.BEGIN))
                                + table.text()
                                + text.substring(text.indexOf(Table.END) + Table.END.length()));
            }
            if (System.getProperty("drivers") == null) {
                assertThat(Files.readString(readme)).contains(table.verdicts());
            }
        }));
    }

    @TestFactory
    Stream<DynamicNode> thePoolerIsAsBefore() {
        return Stream.of(dynamicTest("no client is left, and nothing is logged as an error", () -> {
            runs.values().forEach(CompletableFuture::join);
            assertThat(pooler.logged("ERROR")).isEmpty();
            Progress.until(
                    "no client is left",
                    Duration.ofSeconds(10),
                    () -> pooler.show("pools").stream()
                            .allMatch(pool -> "0".equals(pool.get("cl_active")) && "0".equals(pool.get("cl_waiting"))));
            assertThat(pooler.show("pools")).allSatisfy(pool -> assertThat(pool).containsEntry("sv_active", "0"));
        }));
    }

    @AfterAll
    void end() {
        threads.shutdownNow();
        runners.shutdownNow();
        pooler.close();
        postgres.close();
    }
}
