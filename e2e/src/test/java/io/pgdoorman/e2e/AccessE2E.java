package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Access by consent: an application's namespace claims, the pool's owner agrees, and each may take it back.
@OnCluster
class AccessE2E {

    private static final Duration GRANT_LIMIT = Duration.ofSeconds(60);
    private static final Duration REVOKE_LIMIT = Duration.ofSeconds(60);
    private static final String RULES = """
        [{"name": "apps", "from": {"selector": {"matchLabels": {"doorman-e2e/team": "apps"}}},
          "databases": ["app"], "roles": [{"name": "ReadWrite", "user": "app"}],
          "quotas": {"claims": 2, "poolSize": 3, "maxClientConnections": 2}}]\
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
        pool.set("/spec/access", "{\"rules\": " + RULES + "}");
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

        // when
        claim("orders", "app");
        var took = awaitReady("orders");
        var target = target("orders");
        var answer = target.psql("select current_user || ' ' || session_user");

        // then
        Progress.say("a claim opened the database after " + took.toMillis() + " ms");
        assertThat(answer.out().strip()).as(answer.all()).isEqualTo("app app");
        assertThat(pool.runs()).as("a claim restarts no pod").isEqualTo(runs);
        assertThat(text(secret("orders").orElseThrow(), "uri"))
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
            apps.succeed("delete", "doormandatabaseaccess", "orders");
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
        Progress.until(
                "the Secret is gone", REVOKE_LIMIT, () -> secret("orders").isEmpty());
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void aWithdrawnRuleRevokesAndSaysNoMoreThanIfThereWereNoPool() {
        // given
        claim("billing", "app");
        awaitReady("billing");
        var target = target("billing");
        claimOf("nowhere", "nowhere", "app");

        // when
        cluster.succeed("label", "namespace", apps.namespace(), "doorman-e2e/team-");
        var refused = Progress.until(
                "new logins are refused",
                REVOKE_LIMIT,
                () -> !target.psql("select 1").succeeded());

        // then
        Progress.say("a namespace without its label was out after " + refused.toMillis() + " ms");
        var billing = awaitStalled("billing");
        var nowhere = awaitStalled("nowhere");
        assertThat(billing.path("reason").asText()).isEqualTo("NotGranted");
        assertThat(billing.path("message").asText())
                .isEqualTo(nowhere.path("message").asText().replace("/nowhere", "/" + pool.name()));
        Progress.until(
                "the Secret is gone", REVOKE_LIMIT, () -> secret("billing").isEmpty());

        // and back
        cluster.succeed("label", "namespace", apps.namespace(), "doorman-e2e/team=apps");
        awaitReady("billing");
        apps.succeed("delete", "doormandatabaseaccess", "billing", "nowhere");
    }

    private void claim(String name, String database) {
        claimOf(name, pool.name(), database);
    }

    private void claimOf(String name, String poolName, String database) {
        apps.apply("""
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanDatabaseAccess
            metadata: {name: %s}
            spec:
              poolRef: {name: %s, namespace: %s}
              database: %s
            """.formatted(name, poolName, tenant.name(), database));
    }

    private JsonNode resource(String name) {
        return apps.get("doormandatabaseaccess", name).orElseThrow();
    }

    private Duration awaitReady(String name) {
        return Progress.until(
                "claim " + name + " is Ready", GRANT_LIMIT, () -> Pool.says(resource(name), "Ready", "True"));
    }

    private JsonNode awaitStalled(String name) {
        Progress.until(
                "claim " + name + " is Stalled", GRANT_LIMIT, () -> Pool.says(resource(name), "Stalled", "True"));
        return Pool.condition(resource(name), "Stalled").orElseThrow();
    }

    private Optional<JsonNode> secret(String name) {
        return apps.get("secret", name);
    }

    private static String text(JsonNode secret, String key) {
        return new String(
                Base64.getDecoder().decode(secret.path("data").path(key).asText()), StandardCharsets.UTF_8);
    }

    /// The pool, entered with what stands in the Secret.
    private Target target(String name) {
        var secret = secret(name).orElseThrow();
        return pool.target().to(text(secret, "dbname")).as(text(secret, "user"), text(secret, "password"));
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
