package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.drivers.Driver;
import io.pgdoorman.e2e.drivers.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Drivers of five languages work on, each through its own pool of connections, while everything about a fleet changes:
/// no transaction is broken, whatever happens. What each of them saw at each event is in
/// `e2e/target/e2e/traffic.md`.
@OnCluster
class TrafficE2E {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int CLIENTS = 3;

    /// Seconds when the machine is free; more than this is a client that hangs.
    private static final long TOLERABLE_WAIT_MILLIS = 20_000;

    private static final Duration BETWEEN_KILLS = Duration.ofSeconds(4);

    private final Tenant tenant;
    private final Pool pool;
    private final Map<String, Traffic> traffic = new TreeMap<>();
    private final List<String> table = new ArrayList<>();

    TrafficE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void allDriversWork() {
        var drivers = Traffic.drivers();
        drivers.values().stream().distinct().forEach(Driver::build);
        tenant.quickstart();
        prepareTables(drivers.keySet().stream().map(name -> "'" + name + "'").collect(Collectors.joining(",")));
        var target = pool.target();
        var environment = Map.of(
                "PGHOST", target.host(),
                "PGPORT", String.valueOf(target.port()),
                "PGUSER", target.user(),
                "PGPASSWORD", target.password(),
                "PGDATABASE", target.database(),
                "PGSSLMODE", "disable");
        drivers.keySet().forEach(driver -> traffic.put(driver, Traffic.start(driver, environment, CLIENTS)));
        awaitCommitsOfAll();
        traffic.values().forEach(Traffic::mark);
        table.add("| event | " + String.join(" | ", drivers.keySet()) + " |");
        table.add("|---".repeat(1 + drivers.size()) + "|");
    }

    private void prepareTables(String drivers) {
        var answer = tenant.postgres().psql("""
            create table traffic_account as select d as driver, i as client, 0 as balance
              from unnest(array[%s]) d, generate_series(0, %d) i;
            alter table traffic_account add primary key (driver, client);
            create table traffic_ledger (driver text, client int, number bigint, primary key (driver, client, number));
            """.formatted(drivers, CLIENTS - 1));
        assertThat(answer.succeeded()).as(answer.all()).isTrue();
    }

    @Test
    void aHotChange() {
        pool.set("/spec/databases/0/poolSize", "12");
        pool.await("ConfigApplied", "True", LIMIT);
        nobodyMinds("pool size, hot");
    }

    @Test
    void anotherImage() {
        pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(Images.POOLER_NEXT));
        awaitPods(2, "/spec/containers/0/image", Images.POOLER_NEXT);
        nobodyMinds("another image");
    }

    @Test
    void otherResources() {
        pool.patch("{\"spec\": {\"resources\": {\"requests\": {\"cpu\": \"150m\"}}}}");
        awaitPods(2, "/spec/containers/0/resources/requests/cpu", "150m");
        nobodyMinds("other resources");
    }

    @Test
    void scaledFromTwoToSixAndBack() {
        pool.scaleTo(6, LIMIT);
        pool.scaleTo(2, LIMIT);
        nobodyMinds("scale 2 to 6 to 2");
    }

    @Test
    void aPodIsDeleted() {
        pool.kubectl()
                .succeed(
                        "delete",
                        "pod",
                        pool.pods().getFirst().at("/metadata/name").asText());
        pool.await("Ready", "True", LIMIT);
        nobodyMinds("a pod is deleted");
    }

    @Test
    void aNodeIsDrained() {
        pool.drainANode(LIMIT, _ -> {});
        nobodyMinds("a node is drained");
    }

    @Test
    void theOperatorIsKilledAgainAndAgainWhilePodsAreReplaced() {
        pool.patch("{\"spec\": {\"tolerations\": [{\"key\": \"traffic\", \"operator\": \"Exists\"}]}}");
        var operator = tenant.kubectl().in(Cluster.OPERATOR_NAMESPACE);
        for (int kill = 0; kill < 3; kill++) {
            operator.succeed("delete", "pods", "--all", "--force", "--grace-period=0");
            Progress.pause(BETWEEN_KILLS);
        }
        awaitPods(2, "/spec/tolerations/0/key", "traffic");
        nobodyMinds("operator killed three times in a roll");
    }

    @AfterAll
    void allThatWasAcknowledgedIsThere() throws IOException {
        try {
            for (var driver : traffic.values()) {
                var last = driver.finish();
                var rows = tenant.postgres()
                        .psql("select count(*) from traffic_ledger where driver = '" + driver.driver() + "'");
                assertThat(rows.out().strip())
                        .as("rows of acknowledged commits of " + driver.driver())
                        .isEqualTo(String.valueOf(last.committed()));
            }
        } finally {
            traffic.values().forEach(Traffic::close);
            var file = Cluster.ROOT.resolve("e2e/target/e2e/traffic.md");
            Files.createDirectories(file.getParent());
            Files.write(file, table);
            table.forEach(Progress::say);
        }
    }

    private void awaitPods(int replicas, String pointer, String value) {
        Progress.until("all pods have " + value + " and the old ones are gone", LIMIT, () -> {
            var all = pool.allPods();
            return all.size() == replicas
                    && all.stream().allMatch(pod -> pod.at(pointer).asText().equals(value));
        });
        pool.await("Ready", "True", LIMIT);
    }

    /// Each client of each driver commits, on average.
    private void awaitCommitsOfAll() {
        traffic.values().forEach(Traffic::mark);
        Progress.until(
                "each driver commits",
                LIMIT,
                () -> traffic.values().stream()
                        .allMatch(driver -> driver.sinceMark().committed() > CLIENTS));
    }

    /// Nothing was broken since the event before, and everybody works after this one.
    private void nobodyMinds(String event) {
        var row = new ArrayList<String>(List.of(event));
        for (var driver : traffic.values()) {
            var change = driver.sinceMark();
            row.add("%d broken, %d refused, %d connects, longest wait %d ms, of %d"
                    .formatted(
                            change.broken(),
                            change.refused(),
                            change.connects(),
                            change.waitMillis(),
                            change.committed()));
            assertThat(change.broken())
                    .as("%s: %s %s", event, driver.driver(), driver.reasons())
                    .isZero();
            assertThat(change.waitMillis()).as(event + ": " + driver.driver()).isLessThan(TOLERABLE_WAIT_MILLIS);
        }
        table.add("| " + String.join(" | ", row) + " |");
        awaitCommitsOfAll();
        traffic.values().forEach(Traffic::mark);
    }
}
