package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A password that was made for a claim is exchanged on schedule, and no login fails: neither of who reads the Secret
/// anew each time nor of who learns of it late, as a mounted volume does.
@OnCluster
class ScheduledRotationE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration LATE = Duration.ofSeconds(10);
    private static final Duration BETWEEN = Duration.ofMillis(500);

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl apps;
    private final List<String> failures = new ArrayList<>();
    private final Deque<Seen> seen = new ArrayDeque<>();
    private int logins;

    /// What the Secret said at a time.
    private record Seen(Instant when, String user, String password) {}

    ScheduledRotationE2E(Tenant tenant, Kubectl cluster) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.apps = cluster.in(tenant.name() + "-apps");
    }

    @BeforeAll
    void claim() {
        apps.succeed("create", "namespace", apps.namespace());
        tenant.quickstart();
        pool.set("/spec/access", """
            {"rules": [{"name": "apps", "from": {"namespaces": ["%s"]}, "databases": ["app"],
              "roles": [{"name": "ReadWrite", "user": "app"}]}]}\
            """.formatted(apps.namespace()));
        apps.apply("""
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanDatabaseAccess
            metadata: {name: orders}
            spec:
              poolRef: {name: %s, namespace: %s}
              database: app
              rotation: {every: 1m, overlap: 20s}
            """.formatted(pool.name(), tenant.name()));
        apps.succeed("wait", "--for=condition=Ready", "doormandatabaseaccess/orders", "--timeout=60s");
    }

    @AfterAll
    void removeTheApplicationsNamespace() {
        apps.command("delete", "namespace", apps.namespace(), "--timeout=120s")
                .within(Duration.ofMinutes(3))
                .run();
    }

    @Test
    void anExchangeOnScheduleFailsNoLogin() {
        // given
        var runs = pool.runs();
        var first = look();

        // when
        Progress.until(
                "the Secret has another password",
                LIMIT,
                () -> !work().password().equals(first.password()));
        var told = Instant.now();
        Progress.until(
                "the exchange is told",
                LIMIT,
                () -> !work().password().equals(first.password()) && status().has("previousUntil"));
        Progress.until("the password before is retired", LIMIT, () -> {
            work();
            return !status().has("previousUntil");
        });

        // then
        Progress.say("%d logins, %d failed; the password before was let in for %d ms more"
                .formatted(
                        logins,
                        failures.size(),
                        Duration.between(told, Instant.now()).toMillis()));
        assertThat(failures).isEmpty();
        Progress.until(
                "the password before lets nobody in",
                LIMIT,
                () -> Objects.requireNonNullElse(login(first), "").contains("password authentication failed"));
        assertThat(login(look())).isNull();
        assertThat(events()).contains("PasswordRotated", "PasswordRetired");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    /// Both kinds of clients log in once.
    private Seen work() {
        var now = look();
        seen.add(now);
        while (Duration.between(seen.element().when(), now.when()).compareTo(LATE) > 0) {
            seen.remove();
        }
        for (var credentials : List.of(now, seen.element())) {
            logins++;
            var refusal = login(credentials);
            if (refusal != null) {
                failures.add(refusal);
            }
        }
        Progress.pause(BETWEEN);
        return now;
    }

    private Seen look() {
        var secret = apps.get("secret", "orders").orElseThrow();
        return new Seen(Instant.now(), Kubectl.text(secret, "user"), Kubectl.text(secret, "password"));
    }

    /// Why it failed; null if it did not.
    private @Nullable String login(Seen credentials) {
        try (var connection = pool.target()
                        .to(Tenant.DATABASE)
                        .as(credentials.user(), credentials.password())
                        .connect();
                var statement = connection.createStatement()) {
            statement.execute("select 1");
            return null;
        } catch (SQLException e) {
            return e.getMessage();
        }
    }

    private JsonNode status() {
        return apps.get("doormandatabaseaccess", "orders").orElseThrow().at("/status/rotation");
    }

    private String events() {
        return apps.succeed("get", "events", "-o", "jsonpath={.items[*].reason}");
    }
}
