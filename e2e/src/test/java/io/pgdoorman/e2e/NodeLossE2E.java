package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A node loses power while no operator is there: its clients see nobody any more, all others notice nothing, and a
/// pod comes up in the place of the lost one, which lets itself in, as nobody tells it that there is room in the
/// budget. There is, as PostgreSQL gives up the connections of who is silent sooner.
@OnCluster
class NodeLossE2E {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int BUDGET = 12;

    /// What each pod holds all the time: its share while two pods are replaced by two others.
    private static final int HELD = BUDGET / 4;

    private static final int CLIENTS = 10;

    /// PostgreSQL gives a pod up that is silent for 30 s; Kubernetes needs longer for its node.
    private static final Duration UNTIL_GIVEN_UP = Duration.ofSeconds(40);

    /// Services are reached by the first.
    private static final String LOST = "2";

    private static final String NODE = "node-" + LOST;

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl cluster;
    private final Kubectl operator;
    private boolean isStopped;

    NodeLossE2E(Tenant tenant, Kubectl cluster) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.cluster = cluster.in("");
        this.operator = cluster.in(Cluster.OPERATOR_NAMESPACE);
    }

    @BeforeAll
    void aPodOnEachNodeAndPostgresOnTheOneThatStays() {
        assumeTrue(Cluster.isOurs(), "only a node of a cluster of our own may be stopped");
        cluster.succeed("cordon", NODE);
        tenant.startPostgresAnew();
        cluster.succeed("uncordon", NODE);
        tenant.quickstart();
        tenant.superuser("alter default privileges grant all on tables to public");
        pool.set("/spec/databases/0/minPoolSize", String.valueOf(HELD));
        pool.patch("""
            {"spec": {"budget": {"maxServerConnections": %d, "unattendedWait": "30s"},
              "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor", "labelSelector": {"matchLabels": {"pgdoorman.io/pool": "%s"}}}],
              "tolerations": [
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
                  "tolerationSeconds": 5}]}}
            """.formatted(BUDGET, pool.name()));
        pool.await("Ready", "True", LIMIT);
        // Pods that replaced others may be on one node.
        pool.scaleTo(1, LIMIT);
        pool.scaleTo(2, LIMIT);
        assertThat(pool.pods()).extracting(NodeLossE2E::node).doesNotHaveDuplicates();
    }

    @AfterAll
    void bringBackWhatIsGone() {
        if (isStopped) {
            startTheNode();
        }
        operator.succeed("scale", "deployment", "--all", "--replicas=1");
        operator.succeed("rollout", "status", "deployment", "--timeout=120s");
    }

    @Test
    void clientsOfOtherNodesNoticeNothingAndAPodTakesItsPlace() {
        // given
        var survivor = podOn(false);
        var lost = "client_addr = '" + podOn(true).at("/status/podIP").asText() + "'";
        Progress.until("all connections are held", LIMIT, () -> servers("true") == 2 * HELD && servers(lost) == HELD);
        operator.succeed("scale", "deployment", "--all", "--replicas=0");
        Progress.until(
                "the operator is gone", LIMIT, () -> operator.list("pods", "").isEmpty());

        try (var load = Load.start(pool.targetOf(survivor, "survivor"), tenant.asSuperuser(), CLIENTS);
                var samples = Samples.start(tenant)) {
            // when
            isStopped = true;
            Cluster.script("stop-node", LOST);
            var givenUp = Progress.until(
                    "PostgreSQL gives up the connections of the lost pod", UNTIL_GIVEN_UP, () -> servers(lost) == 0);
            Progress.say("PostgreSQL gave up the lost pod after " + givenUp.toSeconds() + " s");
            var noticed = Progress.until("Kubernetes notices", LIMIT, () -> !isNodeReady());
            var reachable = Progress.until("the Service leads to nobody there", LIMIT, this::isEachConnectAnswered);
            var replaced = Progress.until("a pod serves in its place", LIMIT, () -> readyOnOthers() == 2);
            Progress.say(
                    "a node was missed %d s later, the Service left it %d ms later, and %d s after that a pod served"
                            .formatted(noticed.toSeconds(), reachable.toMillis(), replaced.toSeconds()));

            // then
            assertThat(pool.pods()).hasSize(2).noneMatch(pod -> node(pod).equals(NODE));

            // when
            operator.succeed("scale", "deployment", "--all", "--replicas=1");
            pool.set("/spec/databases/0/poolSize", "7");

            // then
            Progress.until(
                    "the operator tells of the pod that it cannot reach",
                    LIMIT,
                    () -> pool.resource().at("/status/pods").toString().contains("Terminating"));
            Progress.until(
                    "those that it can reach have the change",
                    LIMIT,
                    () -> pool.resource().at("/status/config/ackedPods").asInt() == 2
                            && pool.resource().at("/status/observedGeneration").asLong()
                                    == pool.resource()
                                            .at("/metadata/generation")
                                            .asLong());
            assertThat(Pool.says(pool.resource(), "Available", "True")).isTrue();

            // when
            startTheNode();

            // then
            Progress.until("the lost pod is gone", LIMIT, () -> pool.allPods().size() == 2);
            pool.await("Ready", "True", LIMIT);
            Progress.say("at most %d of %d server connections in %d samples"
                    .formatted(samples.most(), BUDGET, samples.taken()));
            assertThat(samples.most()).isBetween(2 * HELD, BUDGET);
            load.finish().assertUnnoticed();
        }
    }

    private JsonNode podOn(boolean isTheLostNode) {
        return pool.pods().stream()
                .filter(pod -> node(pod).equals(NODE) == isTheLostNode)
                .findFirst()
                .orElseThrow();
    }

    /// Connections of the pods as PostgreSQL counts.
    private int servers(String condition) {
        return Integer.parseInt(
                tenant.superuser("select count(*) from pg_stat_activity where usename = 'app' and " + condition));
    }

    private void startTheNode() {
        Cluster.script("start-node", LOST);
        isStopped = false;
        Progress.until("the node is back", LIMIT, this::isNodeReady);
    }

    private boolean isNodeReady() {
        return Pool.condition(cluster.get("node", NODE).orElseThrow(), "Ready")
                .filter(condition -> condition.path("status").asText().equals("True"))
                .isPresent();
    }

    /// One of two pods would be asked half of the time.
    private boolean isEachConnectAnswered() {
        return IntStream.range(0, 8)
                .allMatch(_ -> pool.target().psql("select 1").succeeded());
    }

    private long readyOnOthers() {
        return pool.pods().stream()
                .filter(pod -> !node(pod).equals(NODE))
                .filter(pod -> pod.at("/status/containerStatuses/0/ready").asBoolean())
                .count();
    }

    private static String node(JsonNode pod) {
        return pod.at("/spec/nodeName").asText();
    }
}
