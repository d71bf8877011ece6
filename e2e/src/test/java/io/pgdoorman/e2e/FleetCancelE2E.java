package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A driver cancels on a connection of its own, which the Service leads to any pod: whichever gets the request, the
/// query stops.
@OnCluster
class FleetCancelE2E {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 3;
    private static final String QUERY_CANCELED = "57014";

    private final Tenant tenant;
    private final Pool pool;
    private final List<Statement> statements = new ArrayList<>();
    private final ConcurrentLinkedQueue<String> states = new ConcurrentLinkedQueue<>();

    FleetCancelE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    /// With two pods a request goes astray every other time: of 24, all come home by luck once in 16 million runs.
    @Test
    void aCancelRequestStopsItsQueryWhicheverPodGetsIt() throws SQLException {
        // given
        var connections = new ArrayList<Connection>();
        for (var client = 0; client < CLIENTS; client++) {
            var connection = pool.target().connect();
            connections.add(connection);
            statements.add(connection.createStatement());
        }

        for (var round = 1; round <= ROUNDS; round++) {
            // when
            statements.forEach(statement -> Thread.startVirtualThread(() -> sleep(statement)));
            Progress.until("all queries run", LIMIT, () -> running() == CLIENTS);
            for (var statement : statements) {
                statement.cancel();
            }

            // then
            var stopped = round * CLIENTS;
            var took = Progress.until("all queries stopped", SOON, () -> states.size() == stopped);
            Progress.say("%d queries were stopped within %d ms".formatted(CLIENTS, took.toMillis()));
        }
        assertThat(states).hasSize(CLIENTS * ROUNDS).containsOnly(QUERY_CANCELED);
        for (var connection : connections) {
            connection.close();
        }
    }

    private void sleep(Statement statement) {
        try {
            statement.execute("select pg_sleep(60), 'cancelled in a fleet'");
            states.add("it ran to its end");
        } catch (SQLException e) {
            states.add(Objects.requireNonNullElse(e.getSQLState(), "no state"));
        }
    }

    private long running() {
        return Long.parseLong(tenant.superuser("select count(*) from pg_stat_activity where state = 'active'"
                + " and query like '%cancelled in a fleet%' and pid <> pg_backend_pid()"));
    }
}
