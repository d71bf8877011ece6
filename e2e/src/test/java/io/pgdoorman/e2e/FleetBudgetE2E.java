package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// The budget of server connections holds for all pods together, as PostgreSQL counts, while pods come and go; and when
/// it is spent that is told, and no pods are added for it.
@OnCluster
@TestMethodOrder(OrderAnnotation.class)
class FleetBudgetE2E {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int BUDGET = 12;
    private static final int CLIENTS = 20;

    private final Tenant tenant;
    private final Pool pool;

    FleetBudgetE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart(BUDGET, LIMIT);
    }

    @Test
    @Order(1)
    void holdsAtEachSampleWhilePodsAreAddedReplacedAndTakenAway() {
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS);
                var samples = Samples.start(tenant)) {
            // when
            pool.scaleTo(4, LIMIT);
            pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(Images.POOLER_NEXT));
            Progress.until(
                    "all pods are replaced",
                    LIMIT,
                    () -> pool.allPods().size() == 4
                            && pool.allPods().stream()
                                    .allMatch(pod -> pod.at("/spec/containers/0/image")
                                            .asText()
                                            .equals(Images.POOLER_NEXT)));
            pool.scaleTo(2, LIMIT);

            // then
            var most = samples.most();
            Progress.say(
                    "at most " + most + " of " + BUDGET + " server connections in " + samples.taken() + " samples");
            assertThat(samples.taken()).isGreaterThan(100);
            assertThat(most).isBetween(1, BUDGET);
            assertThat(load.finish().broken()).isEmpty();
        }
    }

    /// Nobody asks the operator before. Sessions in a transaction keep the deleted pods, and all their connections, for
    /// as long as they last.
    @Test
    @Order(2)
    void holdsThoughPodsAreDeletedByHandAgainAndAgain() throws SQLException {
        var sessions = new ArrayList<Connection>();
        try (var samples = Samples.start(tenant)) {
            // given
            var split = 3; // two pods and one that drains
            begin(sessions, 2 * BUDGET / split);

            // when
            deleteAllPods();

            // then
            var anew = 4; // two that drain and two in their place, of whom there is room for one
            begin(sessions, 2 * BUDGET / split + BUDGET / anew);

            // when
            deleteAllPods();

            // then
            assertThat(pool.pods()).as("no room for another one").noneMatch(FleetBudgetE2E::isReady);

            // when
            close(sessions);
            var took = pool.await("Ready", "True", LIMIT);
            Progress.say("all pods served " + took.toMillis() + " ms after those before could leave");

            // then
            var most = samples.most();
            Progress.say("at most " + most + " of " + BUDGET + " in " + samples.taken() + " samples");
            assertThat(most).isBetween(sessions.size(), BUDGET);
        } finally {
            close(sessions);
        }
    }

    private static void close(List<Connection> sessions) throws SQLException {
        for (var session : sessions) {
            session.close();
        }
    }

    private void deleteAllPods() {
        for (var pod : pool.pods()) {
            pool.kubectl().succeed("delete", "pod", pod.at("/metadata/name").asText(), "--wait=false");
        }
        Progress.until(
                "a pod is in the place of each",
                LIMIT,
                () -> pool.pods().stream().filter(FleetBudgetE2E::isStarted).count() == 2);
    }

    /// Until so many servers are in a transaction: who comes to a pod that has none left, or that leaves, is refused.
    private void begin(List<Connection> sessions, int count) {
        Progress.until(count + " sessions are in a transaction", LIMIT, () -> {
            try {
                var connection = pool.target().connect();
                connection.setAutoCommit(false);
                try (var statement = connection.createStatement()) {
                    statement.execute("select 1");
                }
                sessions.add(connection);
            } catch (SQLException e) {
                Progress.say("one more try: " + e.getMessage());
            }
            return sessions.size() == count;
        });
    }

    private static boolean isStarted(JsonNode pod) {
        return pod.at("/status/containerStatuses/0/started").asBoolean();
    }

    private static boolean isReady(JsonNode pod) {
        return pod.at("/status/containerStatuses/0/ready").asBoolean();
    }

    /// Why are clients waiting? The same clients wait for servers first and keep poolers busy then; pods are added for
    /// the second only.
    @Test
    @Order(3)
    void whyClientsWaitIsToldAndOnlyBusyPoolersGetMorePods() {
        // given
        pool.patch("{\"spec\": {\"budget\": {\"maxServerConnections\": 4},"
                + " \"autoscaling\": {\"enabled\": true, \"min\": 2, \"max\": 4, \"targetClientsPerPod\": 5}}}");
        pool.await("ConfigApplied", "True", LIMIT);

        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS)) {
            // when
            var took = pool.await("BudgetSatisfied", "False", LIMIT);
            Progress.say("a spent budget was told after " + took.toMillis() + " ms");

            // then
            var budget = Pool.condition(pool.resource(), "BudgetSatisfied").orElseThrow();
            assertThat(budget.path("reason").asText()).isEqualTo("Exhausted");
            assertThat(pool.resource().at("/spec/replicas").asInt()).isEqualTo(2);
            assertThat(load.committed()).isPositive();

            // when
            pool.patch("{\"spec\": {\"budget\": {\"maxServerConnections\": 80}}}");
            Progress.until(
                    "pods are added for busy poolers",
                    LIMIT,
                    () -> pool.resource().at("/spec/replicas").asInt() > 2);

            // then
            pool.await("BudgetSatisfied", "True", LIMIT);
            assertThat(load.finish().broken()).isEmpty();
        }
    }

    /// Neither is helped by another budget.
    @Test
    @Order(4)
    void slowServersAndPinnedSessionsAreToldApart() {
        // given
        pool.patch("{\"spec\": {\"replicas\": 2, \"autoscaling\": {\"enabled\": false}}}");
        pool.set("/spec/databases/0/poolSize", "2");
        pool.set("/spec/databases/0/queryWaitTimeout", "\"1m\"");
        pool.await("Ready", "True", LIMIT);

        // when
        try (var _ = Crowd.start(pool.target(), CLIENTS, "select pg_sleep(2)")) {
            // then
            awaitCause("ServerSlow");
        }

        // when
        pool.set("/spec/databases/0/poolMode", "\"Session\"");
        pool.await("ConfigApplied", "True", LIMIT);
        try (var _ = Crowd.start(pool.target(), CLIENTS, "select 1")) {
            // then
            awaitCause("PinnedSessions");
        }
        awaitCause("Ok");
    }

    private void awaitCause(String reason) {
        var took = Progress.until("clients wait for " + reason, LIMIT, () -> {
            look();
            return Pool.condition(pool.resource(), "BudgetSatisfied")
                    .filter(condition -> condition.path("reason").asText().equals(reason))
                    .filter(condition -> condition.path("status").asText().equals("True"))
                    .isPresent();
        });
        Progress.say(reason + " was told after " + took.toMillis() + " ms");
    }

    /// Makes the operator ask the pods now, which it else does every half minute.
    private void look() {
        pool.kubectl()
                .succeed("annotate", "doormanpool", pool.name(), "--overwrite", "e2e.test/look=" + System.nanoTime());
        Progress.pause(Duration.ofSeconds(1));
    }
}
