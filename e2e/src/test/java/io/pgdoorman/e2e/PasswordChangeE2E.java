package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Passwords in Secrets are changed under load, first there and then in PostgreSQL: nobody is refused, neither at the
/// pods nor by PostgreSQL, in between and afterwards.
@OnCluster
class PasswordChangeE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /// Half of the clients connect anew every four seconds.
    private static final Duration A_WHILE = Duration.ofSeconds(5);

    private static final int CLIENTS = 10;
    private static final String CLIENT_PASSWORD = "the-same-all-the-time";

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl operators;

    PasswordChangeE2E(Tenant tenant, Kubectl cluster) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.operators = cluster.in(Cluster.OPERATOR_NAMESPACE);
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
        superuser("alter default privileges grant all on tables to public");
    }

    @Test
    void ofAUserWhoseClientsHaveTheOldOneStill() {
        // given
        var runs = pool.runs();
        role("shop", "one");
        secret("shop", "one");
        secret("shop-next", "two");
        users("{\"name\": \"shop\", \"secretRef\": {\"name\": \"shop\"}}");

        try (var load = load("shop", "one")) {
            // when
            users("{\"name\": \"shop\", \"secretRef\": {\"name\": \"shop-next\"},"
                    + " \"previousSecretRef\": {\"name\": \"shop\"}}");
            Progress.pause(A_WHILE);
            superuser("alter role shop password 'two'");
            Progress.pause(A_WHILE);

            // then
            assertThat(whoIs("shop", "two")).isEqualTo("shop");
            assertUnnoticed(load);
        }

        // when
        users("{\"name\": \"shop\", \"secretRef\": {\"name\": \"shop-next\"}}");

        // then
        assertThat(whoIs("shop", "one")).contains("password authentication failed");
        assertThat(whoIs("shop", "two")).isEqualTo("shop");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void atTheServerAlone() {
        // given
        var runs = pool.runs();
        role("backend", "one");
        secret("clients", CLIENT_PASSWORD);
        secret("backend", "one");
        users("{\"name\": \"front\", \"secretRef\": {\"name\": \"clients\"},"
                + " \"serverUser\": \"backend\", \"serverSecretRef\": {\"name\": \"backend\"}}");

        try (var load = load("front", CLIENT_PASSWORD)) {
            // when
            change("backend", "two");
            Progress.pause(A_WHILE);
            superuser("alter role backend password 'two'");
            renewServers();
            Progress.pause(A_WHILE);

            // then
            assertUnnoticed(load);
        }
        assertThat(whoIs("front", CLIENT_PASSWORD)).isEqualTo("backend");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void ofTheRoleThatAsksForUsers() {
        // given
        var runs = pool.runs();
        role("asker", "one");
        role("visitor", CLIENT_PASSWORD);
        secret("asker", "one");
        superuser("""
            create function asked(wanted text) returns table (usename text, passwd text)
              language sql security definer set search_path = pg_catalog as
              $$ select rolname, rolpassword from pg_authid where rolname = wanted and rolcanlogin $$\
            """);
        apply("""
            {"authQuery": {"query": "select * from asked($1)", "user": "asker", "secretRef": {"name": "asker"}}}\
            """);

        try (var load = load("visitor", CLIENT_PASSWORD)) {
            // when
            change("asker", "two");
            Progress.pause(A_WHILE);
            superuser("alter role asker password 'two'");
            superuser("select pg_terminate_backend(pid) from pg_stat_activity"
                    + " where usename = 'asker' and state = 'idle'");
            role("newcomer", "three");

            // then
            assertThat(whoIs("newcomer", "three")).isEqualTo("newcomer");
            Progress.pause(A_WHILE);
            assertUnnoticed(load);
        }
        apply("{\"authQuery\": null}");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    /// Each at the end of its transaction: to terminate those that are idle would meet one that has just been lent.
    private void renewServers() {
        operators.succeed(
                "exec",
                "deployment/pgdoorman-operator",
                "--",
                "/opt/operator/bin/operator",
                "console",
                tenant.name() + "/" + pool.name(),
                "reconnect",
                Tenant.DATABASE);
    }

    private static void assertUnnoticed(Load load) {
        var tally = load.finish();
        assertThat(tally.broken()).isEmpty();
        assertThat(tally.refusedConnects()).isZero();
        assertThat(tally.reconnects()).isZero();
        assertThat(tally.rows()).isEqualTo(tally.committed());
    }

    private Load load(String user, String password) {
        var server = tenant.postgres().as(Tenant.SUPERUSER, Tenant.SUPERUSER_PASSWORD);
        return Load.start(pool.target().as(user, password), server, CLIENTS);
    }

    private void users(String other) {
        apply("{\"users\": [{\"name\": \"app\", \"secretRef\": {\"name\": \"quickstart-app\"}}, %s]}".formatted(other));
    }

    private void apply(String auth) {
        pool.patch("{\"spec\": {\"auth\": " + auth + "}}");
        pool.await("ConfigApplied", "True", LIMIT);
    }

    private void secret(String name, String password) {
        tenant.kubectl().succeed("create", "secret", "generic", name, "--from-literal=password=" + password);
    }

    /// Waits until all pods say that they have the new one.
    private void change(String secret, String password) {
        var before = pool.resource().at("/status/config/desiredHash").asText();
        tenant.kubectl()
                .succeed("patch", "secret", secret, "-p", "{\"stringData\": {\"password\": \"" + password + "\"}}");
        Progress.until("all pods have the new password", LIMIT, () -> {
            var resource = pool.resource();
            return !resource.at("/status/config/desiredHash").asText().equals(before)
                    && Pool.says(resource, "ConfigApplied", "True");
        });
    }

    private void role(String name, String password) {
        tenant.role(name, password);
    }

    private String whoIs(String user, String password) {
        return pool.target()
                .as(user, password)
                .psql("select current_user")
                .all()
                .strip();
    }

    private void superuser(String sql) {
        var answer = tenant.postgres()
                .as(Tenant.SUPERUSER, Tenant.SUPERUSER_PASSWORD)
                .psql(sql);
        assertThat(answer.succeeded()).as(answer.all()).isTrue();
    }
}
