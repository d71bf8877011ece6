package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Access by consent: an application's namespace claims, the pool's owner agrees, and each may take it back.
@OnCluster
class AccessE2E {

    private static final Duration GRANT_LIMIT = Duration.ofSeconds(60);
    private static final Duration REVOKE_LIMIT = Duration.ofSeconds(60);
    private static final Duration PROMISED_TO_OPEN = Duration.ofSeconds(5);
    private static final Duration PROMISED_TO_CLOSE = Duration.ofSeconds(10);
    private static final int ROUNDS = 5;
    /// A wrong password, and an end at the boundary.
    private static final List<String> REFUSALS = List.of("28P01", "57P01");

    private static final String NO_RULES = "[]";
    private static final String RULES = """
        [{"name": "apps", "from": {"selector": {"matchLabels": {"doorman-e2e/team": "apps"}}},
          "databases": ["app"], "roles": [{"name": "ReadWrite", "user": "app"}],
          "quotas": {"claims": 2, "poolSize": 3, "maxClientConnections": 4}}]\
        """;

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl cluster;
    private final Kubectl apps;

    AccessE2E(Tenant tenant, Kubectl cluster) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.cluster = cluster;
        this.apps = cluster.in(tenant.name() + "-apps");
    }

    @BeforeAll
    void makeTheApplicationsNamespace() {
        removeTheApplicationsNamespace();
        cluster.apply("""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: %s
              labels: {doorman-e2e/team: apps}
            """.formatted(apps.namespace()));
        tenant.quickstart();
        pool.set("/spec/networkPolicy", "{\"enabled\": true}");
        rules(RULES);
        pool.await("Ready", "True", GRANT_LIMIT);
    }

    @AfterAll
    void removeTheApplicationsNamespace() {
        cluster.command("delete", "namespace", apps.namespace(), "--ignore-not-found", "--timeout=120s")
                .within(Duration.ofMinutes(3))
                .succeed();
    }

    @Test
    void aGrantedClaimGetsASecretThatOpensTheDatabaseAndItsWithdrawalEndsSessionsAtTheirBoundary() throws SQLException {
        // given
        var runs = pool.runs();

        var orders = claim("orders");

        // when
        orders.apply();
        var took = orders.awaitReady();
        var target = orders.target();
        var answer = target.psql("select current_user || ' ' || session_user");

        // then
        Progress.say("a claim opened the database after " + took.toMillis() + " ms");
        assertThat(answer.out().strip()).as(answer.all()).isEqualTo("app app");
        assertThat(pool.runs()).as("a claim restarts no pod").isEqualTo(runs);
        assertThat(Kubectl.text(orders.secret().orElseThrow(), "uri"))
                .startsWith("postgresql://" + target.user() + ":")
                .endsWith("@quickstart." + tenant.name() + ".svc:6432/app");

        assertThat(tenant.kubectl()
                        .get("networkpolicy", pool.name())
                        .orElseThrow()
                        .toString())
                .contains("\"kubernetes.io/metadata.name\":\"" + apps.namespace() + "\"");

        // and when
        try (var working = target.connect()) {
            working.setAutoCommit(false);
            assertThat(one(working)).isEqualTo(1);
            orders.delete();
            var refused = Progress.until(
                    "new logins are refused",
                    REVOKE_LIMIT,
                    () -> !target.psql("select 1").succeeded());
            Progress.say("new logins were refused after " + refused.toMillis() + " ms");

            // then
            assertThat(one(working)).as("the transaction goes on").isEqualTo(1);
            working.commit();
            Progress.until("the session ended at its boundary", REVOKE_LIMIT, () -> isOver(working));
        }
        Progress.until("the Secret is gone", REVOKE_LIMIT, () -> orders.secret().isEmpty());
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void aWithdrawnRuleRevokesAndSaysNoMoreThanIfThereWereNoPool() {
        // given
        var billing = claim("billing");
        billing.apply();
        billing.awaitReady();
        var target = billing.target();
        var nowhere = new Claim(apps, new Pool(tenant.kubectl(), "nowhere"), "nowhere");
        nowhere.apply();

        // when
        cluster.succeed("label", "namespace", apps.namespace(), "doorman-e2e/team-");
        var refused = Progress.until(
                "new logins are refused",
                REVOKE_LIMIT,
                () -> !target.psql("select 1").succeeded());

        // then
        Progress.say("a namespace without its label was out after " + refused.toMillis() + " ms");
        var withPool = billing.awaitStalled();
        var without = nowhere.awaitStalled();
        assertThat(withPool.path("reason").asText()).isEqualTo("NotGranted");
        assertThat(withPool.path("message").asText())
                .isEqualTo(without.path("message").asText().replace("/nowhere", "/" + pool.name()));
        Progress.until(
                "the Secret is gone", REVOKE_LIMIT, () -> billing.secret().isEmpty());

        // and back
        cluster.succeed("label", "namespace", apps.namespace(), "doorman-e2e/team=apps");
        billing.awaitReady();
        billing.delete();
        nowhere.delete();
    }

    /// From before kubectl is started, thus a bit longer than since the API server knows, until each pod does it.
    @Test
    void eachHalfOpensWithinSecondsAndEachWithdrawalClosesWithinSeconds() throws SQLException {
        // given
        var pods = pool.pods();
        var doors = List.of(pool.targetOf(pods.getFirst(), "one"), pool.targetOf(pods.getLast(), "other"));
        var timings = new Timings();
        var claim = claim("timed");

        for (var round = 0; round < ROUNDS; round++) {
            // when the rule was there first
            var claimed = Instant.now();
            claim.apply();
            awaitOpen(claim, doors);
            timings.add("a claim lets in", claimed);
            withdraw(claim, doors, new Withdrawal("a claim", claim::delete, timings));

            // and when the claim was
            rules(NO_RULES);
            claim.apply();
            claim.awaitStalled();
            var agreed = Instant.now();
            rules(RULES);
            awaitOpen(claim, doors);
            timings.add("a rule lets in", agreed);
            withdraw(claim, doors, new Withdrawal("a rule", () -> rules(NO_RULES), timings));
            claim.delete();
            rules(RULES);
        }

        // then
        timings.tell(Cluster.WORK.resolve("access.md"));
        timings.assertWithin(PROMISED_TO_OPEN, "a claim lets in", "a rule lets in");
        timings.assertWithin(
                PROMISED_TO_CLOSE,
                "without a claim logins are refused",
                "without a claim sessions end",
                "without a rule logins are refused",
                "without a rule sessions end");
    }

    private record Withdrawal(String half, Runnable act, Timings timings) {}

    private static void awaitOpen(Claim claim, List<Target> doors) {
        Progress.until(
                "each pod lets in",
                GRANT_LIMIT,
                () -> claim.secret().isPresent() && doors.stream().allMatch(door -> letsIn(claim.through(door))));
    }

    private static void withdraw(Claim claim, List<Target> doors, Withdrawal withdrawal) throws SQLException {
        var targets = doors.stream().map(claim::through).toList();
        try (var one = targets.getFirst().connect();
                var other = targets.getLast().connect()) {
            var since = Instant.now();
            withdrawal.act().run();
            Progress.until(
                    "each pod refuses", REVOKE_LIMIT, () -> targets.stream().noneMatch(AccessE2E::letsIn));
            withdrawal.timings().add("without " + withdrawal.half() + " logins are refused", since);
            Progress.until("sessions end", REVOKE_LIMIT, () -> isOver(one) && isOver(other));
            withdrawal.timings().add("without " + withdrawal.half() + " sessions end", since);
        }
        Progress.until("the Secret is gone", REVOKE_LIMIT, () -> claim.secret().isEmpty());
    }

    /// Whether one may log in and gets to the server. Who logs in at the moment of a withdrawal is sent away at once.
    private static boolean letsIn(Target target) {
        try (var connection = target.connect()) {
            return one(connection) == 1;
        } catch (SQLException e) {
            if (!REFUSALS.contains(Objects.requireNonNullElse(e.getSQLState(), ""))) {
                throw new AssertionError("neither let in nor refused", e);
            }
            return false;
        }
    }

    private void rules(String rules) {
        pool.set("/spec/access", "{\"rules\": " + rules + "}");
    }

    private Claim claim(String name) {
        return new Claim(apps, pool, name);
    }

    private static int one(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("select 1")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static boolean isOver(Connection connection) {
        try {
            one(connection);
            connection.commit();
            return false;
        } catch (SQLException e) {
            var state = Objects.requireNonNullElse(e.getSQLState(), "");
            return state.equals("57P01") || state.startsWith("08");
        }
    }
}
