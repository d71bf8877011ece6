package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// One console for a fleet, with no more rights than the operator has: what it says of all pods is the sum of what each
/// says.
@OnCluster
class FleetConsoleE2E {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CLIENTS = 12;

    private final Tenant tenant;
    private final Pool pool;

    FleetConsoleE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    void itsTotalsAreTheSumsOfItsPods() throws SQLException {
        // given
        var clients = new ArrayList<Connection>();
        for (var client = 0; client < CLIENTS; client++) {
            var connection = pool.target().connect();
            clients.add(connection);
            connection.setAutoCommit(false);
            connection.createStatement().execute("select 1");
        }

        // when
        var pods = console("show", "pools");
        var fleet = console("--sum", "show", "pools");

        // then
        Progress.say("the fleet's pools:\n" + fleet.out());
        var ofPods = rows(pods.out());
        assertThat(ofPods)
                .extracting(row -> row.get("pod"))
                .containsExactlyInAnyOrderElementsOf(pool.pods().stream()
                        .map(pod -> pod.at("/metadata/name").asText())
                        .toList());
        var total = rows(fleet.out()).getFirst();
        for (var column : List.of("cl_active", "sv_active", "pool_size")) {
            var sum = ofPods.stream()
                    .mapToInt(row -> Integer.parseInt(row.get(column)))
                    .sum();
            assertThat(Integer.parseInt(total.get(column))).as(column).isEqualTo(sum);
        }
        assertThat(total).containsEntry("cl_active", String.valueOf(CLIENTS));
        for (var client : clients) {
            client.close();
        }
    }

    @Test
    void anOrderReachesEveryPod() {
        // when
        var paused = console("pause", Tenant.DATABASE);
        var shown = rows(console("show", "pools").out());
        var resumed = console("resume", Tenant.DATABASE);

        // then
        assertThat(paused.out().lines()).hasSize(pool.pods().size()).allMatch(line -> line.endsWith(": PAUSE"));
        assertThat(shown).isNotEmpty().allMatch(row -> "1".equals(row.get("paused")));
        assertThat(resumed.out().lines()).allMatch(line -> line.endsWith(": RESUME"));
        Progress.until(
                "clients work again",
                LIMIT,
                () -> pool.target().psql("select 1").succeeded());
    }

    @Test
    void whatNoPodUnderstandsFails() {
        // when
        var answer = pool.console("shw").within(LIMIT).run();

        // then
        assertThat(answer.succeeded()).isFalse();
        assertThat(answer.all()).contains("unknown command");
    }

    private Command.Output console(String... words) {
        var answer = pool.console(words).within(LIMIT).run();
        assertThat(answer.succeeded()).as(answer.all()).isTrue();
        return answer;
    }

    /// A table without empty cells, each row by column.
    private static List<Map<String, String>> rows(String table) {
        var lines = table.lines().map(line -> line.split(" +")).toList();
        return lines.stream().skip(1).map(cells -> row(lines.getFirst(), cells)).toList();
    }

    private static Map<String, String> row(String[] names, String[] cells) {
        assertThat(cells).as(Arrays.toString(cells)).hasSameSizeAs(names);
        var row = new LinkedHashMap<String, String>();
        for (var i = 0; i < names.length; i++) {
            row.put(names[i], cells[i]);
        }
        return row;
    }
}
