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

    PasswordChangeE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
        tenant.superuser("alter default privileges grant all on tables to public");
    }

    @Test
    void ofAUserWhoseClientsHaveTheOldOneStill() {
        // given
        var runs = pool.runs();
        tenant.role("shop", "one");
        secret("shop", "one");
        secret("shop-next", "two");
        users("{\"name\": \"shop\", \"secretRef\": {\"name\": \"shop\"}}");

        try (var load = load("shop", "one")) {
            // when
            users("{\"name\": \"shop\", \"secretRef\": {\"name\": \"shop-next\"},"
                    + " \"previousSecretRef\": {\"name\": \"shop\"}}");
            Progress.pause(A_WHILE);
            tenant.superuser("alter role shop password 'two'");
            Progress.pause(A_WHILE);

            // then
            assertThat(pool.whoIs("shop", "two")).isEqualTo("shop");
            load.finish().assertUnnoticed();
        }

        // when
        users("{\"name\": \"shop\", \"secretRef\": {\"name\": \"shop-next\"}}");

        // then
        assertThat(pool.whoIs("shop", "one")).contains("password authentication failed");
        assertThat(pool.whoIs("shop", "two")).isEqualTo("shop");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void atTheServerAlone() {
        // given
        var runs = pool.runs();
        tenant.role("backend", "one");
        secret("clients", CLIENT_PASSWORD);
        secret("backend", "one");
        users("{\"name\": \"front\", \"secretRef\": {\"name\": \"clients\"},"
                + " \"serverUser\": \"backend\", \"serverSecretRef\": {\"name\": \"backend\"}}");

        try (var load = load("front", CLIENT_PASSWORD)) {
            // when
            change("backend", "two");
            Progress.pause(A_WHILE);
            tenant.superuser("alter role backend password 'two'");
            renewServers();
            Progress.pause(A_WHILE);

            // then
            load.finish().assertUnnoticed();
        }
        assertThat(pool.whoIs("front", CLIENT_PASSWORD)).isEqualTo("backend");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void ofTheRoleThatAsksForUsers() {
        // given
        var runs = pool.runs();
        tenant.role("asker", "one");
        tenant.role("visitor", CLIENT_PASSWORD);
        secret("asker", "one");
        tenant.superuser("""
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
            tenant.superuser("alter role asker password 'two'");
            tenant.superuser("select pg_terminate_backend(pid) from pg_stat_activity"
                    + " where usename = 'asker' and state = 'idle'");
            tenant.role("newcomer", "three");

            // then
            assertThat(pool.whoIs("newcomer", "three")).isEqualTo("newcomer");
            Progress.pause(A_WHILE);
            load.finish().assertUnnoticed();
        }
        apply("{\"authQuery\": null}");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    /// Each at the end of its transaction: to terminate those that are idle would meet one that has just been lent.
    private void renewServers() {
        pool.console("reconnect", Tenant.DATABASE).succeed();
    }

    private Load load(String user, String password) {
        return Load.start(pool.target().as(user, password), tenant.asSuperuser(), CLIENTS);
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
}
