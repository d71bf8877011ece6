package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.drivers.Crew;
import java.time.Duration;
import java.util.Map;
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

    private static final Duration BETWEEN_KILLS = Duration.ofSeconds(4);

    private final Tenant tenant;
    private final Pool pool;
    private Crew crew;

    TrafficE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void allDriversWork() {
        tenant.quickstart();
        var tables = tenant.postgres().psql(Crew.tables(CLIENTS));
        assertThat(tables.succeeded()).as(tables.all()).isTrue();
        var target = pool.target();
        crew = Crew.start(
                Map.of(
                        "PGHOST", target.host(),
                        "PGPORT", String.valueOf(target.port()),
                        "PGUSER", target.user(),
                        "PGPASSWORD", target.password(),
                        "PGDATABASE", target.database(),
                        "PGSSLMODE", "disable"),
                CLIENTS);
    }

    @Test
    void aHotChange() {
        pool.set("/spec/databases/0/poolSize", "12");
        pool.await("ConfigApplied", "True", LIMIT);
        crew.nobodyMinds("pool size, hot");
    }

    @Test
    void anotherImage() {
        pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(Images.POOLER_NEXT));
        awaitPods(2, "/spec/containers/0/image", Images.POOLER_NEXT);
        crew.nobodyMinds("another image");
    }

    @Test
    void otherResources() {
        var runs = pool.runs();
        pool.patch("{\"spec\": {\"resources\": {\"requests\": {\"cpu\": \"150m\"}}}}");
        awaitPods(2, "/status/containerStatuses/0/resources/requests/cpu", "150m");
        assertThat(pool.runs()).isEqualTo(runs);
        assertThat(crew.nobodyMinds("other resources, in place"))
                .as("refused attempts")
                .isZero();
    }

    @Test
    void anotherNumberOfEventLoops() {
        pool.patch("{\"spec\": {\"resources\": {\"limits\": {\"cpu\": \"2\"}}}}");
        awaitPods(2, "/spec/containers/0/resources/limits/cpu", "2");
        crew.nobodyMinds("a CPU limit, pods replaced");
    }

    @Test
    void scaledFromTwoToSixAndBack() {
        pool.scaleTo(6, LIMIT);
        pool.scaleTo(2, LIMIT);
        crew.nobodyMinds("scale 2 to 6 to 2");
    }

    @Test
    void aPodIsDeleted() {
        pool.kubectl()
                .succeed(
                        "delete",
                        "pod",
                        pool.pods().getFirst().at("/metadata/name").asText());
        pool.await("Ready", "True", LIMIT);
        crew.nobodyMinds("a pod is deleted");
    }

    @Test
    void aNodeIsDrained() {
        pool.drainANode(LIMIT, _ -> {});
        crew.nobodyMinds("a node is drained");
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
        crew.nobodyMinds("operator killed three times in a roll");
    }

    @AfterAll
    void allThatWasAcknowledgedIsThere() {
        try (var all = crew) {
            all.finish(
                    query -> Long.parseLong(tenant.postgres().psql(query).out().strip()));
        } finally {
            crew.tell(Cluster.ROOT.resolve("e2e/target/e2e/traffic.md"));
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
}
