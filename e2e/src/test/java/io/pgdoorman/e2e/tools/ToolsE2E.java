package io.pgdoorman.e2e.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.local.LocalPooler;
import io.pgdoorman.e2e.local.LocalPostgres;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Tools for PgBouncer see in the console what they expect: the tables of its Prometheus exporter by lib/pq, those of
/// agents by pgx and psycopg. Each logs in as the user who may only look.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ToolsE2E {
    private static final Duration BUILD = Duration.ofMinutes(10);
    private static final Path TOOLS = LocalPooler.ROOT.resolve("e2e/tools");
    private static final Path WORK = LocalPooler.ROOT.resolve("e2e/target/tools");
    private static final String DRIVERS =
            LocalPooler.ROOT.resolve("e2e/drivers/drivers").toString();

    private final LocalPostgres postgres = LocalPostgres.start();
    private final LocalPooler pooler = startPooler();
    private final String console = WORK.resolve("console").toString();

    private LocalPooler startPooler() {
        postgres.does(
                "create role app login password 'app-secret'",
                "create role clerk login password 'clerk-secret'",
                "create database shop",
                "create database stock");
        var pool = """
            server_host: 127.0.0.1, server_port: %d, users: [
                {username: app, password: app-secret, pool_size: 2},
                {username: clerk, password: clerk-secret, pool_size: 2}]\
            """.formatted(postgres.port());
        return LocalPooler.start(WORK, """
            general: {%s, stats_username: watcher, stats_password: watching}
            pools:
              shop: {%s}
              stock: {%s}
            """.formatted(LocalPooler.GENERAL, pool, pool));
    }

    /// Figures are only seen where something was done.
    @BeforeAll
    void works() throws SQLException {
        for (var database : new String[] {"shop", "stock"}) {
            var url = "jdbc:postgresql://127.0.0.1:" + pooler.port() + "/" + database;
            try (var connection = DriverManager.getConnection(url, "app", "app-secret");
                    var statement = connection.prepareStatement("select 1");
                    var rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
            }
        }
        Command.of("go", "-C", TOOLS.toString(), "build", "-trimpath", "-mod=readonly", "-o", console, "./console")
                .with(Map.of("CGO_ENABLED", "0"))
                .within(BUILD)
                .succeed();
    }

    private String url() {
        return "postgres://watcher:watching@127.0.0.1:" + pooler.port() + "/pgbouncer?sslmode=disable";
    }

    private static void assertAllIsWell(Command.Output output) {
        assertThat(output.all()).contains("ok ").doesNotContain("not ok");
        assertThat(output.exit()).as(output.all()).isZero();
    }

    @Test
    void theExportersMetricsAreThere() {
        assertAllIsWell(Command.of(console, "exporter", url()).run());
    }

    @Test
    void agentsWithPgxReadTheirTables() {
        assertAllIsWell(Command.of(console, "agent", url()).run());
    }

    @Test
    void agentsWithPsycopgReadTheirTables() {
        // given
        var target = Path.of(
                Command.of(DRIVERS, "build", "python").within(BUILD).succeed().strip());

        // when
        var output = Command.of(
                        target.resolve("venv/bin/python").toString(),
                        "-B",
                        TOOLS.resolve("agent.py").toString(),
                        url())
                .run();

        // then
        assertAllIsWell(output);
    }

    @AfterAll
    void end() {
        pooler.close();
        postgres.close();
    }
}
