package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Who may enter, as a DoormanPool says it; every change of it is hot.
@OnCluster
class AuthE2E {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    /// The operator looks so often at what nobody tells it of.
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(30);

    private static final String APP = """
        {"name": "app", "secretRef": {"name": "quickstart-app"}}\
        """;

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl cluster;
    private final Authority authority = Authority.create("auth");
    private List<String> runs = List.of();

    AuthE2E(Tenant tenant, Kubectl cluster) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.cluster = cluster;
    }

    @BeforeAll
    void startThePool() {
        tenant.quickstart();
        tenant.kubectl().apply(authority.secret("quickstart-tls", authority.issue(serviceName())));
        runs = pool.runs();
    }

    private String serviceName() {
        return pool.name() + "." + tenant.name() + ".svc";
    }

    @Test
    void aVerifierInASecretLetsInAndIsReplacedLive() {
        // given
        tenant.role("keeper", "first");
        secret("keeper", verifierOf("keeper"));

        // when
        change("""
            {"auth": {"users": [%s, {"name": "keeper", "secretRef": {"name": "keeper"}}]}}\
            """.formatted(APP));

        // then
        assertThat(pool.whoIs("keeper", "first")).isEqualTo("keeper");

        // and when
        tenant.superuser("alter role keeper password 'second'");
        secret("keeper", verifierOf("keeper"));
        var took = Progress.until(
                "the new password lets in",
                LIMIT,
                () -> pool.whoIs("keeper", "second").equals("keeper"));

        // then
        Progress.say("a verifier was replaced after " + took.toMillis() + " ms");
        // The Service's next pod may be a moment behind; six in a row are hardly all of the first one.
        Progress.until(
                "the old password lets nobody in",
                LIMIT,
                () -> IntStream.range(0, 6)
                        .allMatch(_ -> pool.whoIs("keeper", "first").contains("password authentication failed")));
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void usersWhoAreNotListedAreLookedUpAndAlterRoleNeedsNoReload() {
        // given
        tenant.role("asker", "asks");
        tenant.role("person", "one");
        secret("asker", "asks");
        tenant.superuser("""
            create function asked(wanted text) returns table (usename text, passwd text)
              language sql security definer set search_path = pg_catalog as
              $$ select rolname, rolpassword from pg_authid where rolname = wanted and rolcanlogin $$\
            """);
        tenant.superuser("revoke execute on function asked from public");
        tenant.superuser("grant execute on function asked to asker");

        // when
        change("""
            {"auth": {"authQuery": {"query": "select * from asked($1)", "user": "asker", "secretRef": {"name": "asker"}}}}\
            """);

        // then
        assertThat(pool.whoIs("person", "one")).isEqualTo("person");
        assertThat(pool.whoIs("nobody", "one")).contains("password authentication failed");

        // and when
        var hash = pool.resource().at("/status/config/desiredHash").asText();
        tenant.superuser("alter role person password 'two'");
        var took = Progress.until(
                "the new password lets in",
                LIMIT,
                () -> pool.whoIs("person", "two").equals("person"));

        // then
        Progress.say("a password of a looked up user was replaced after " + took.toMillis() + " ms");
        assertThat(pool.resource().at("/status/config/desiredHash").asText()).isEqualTo(hash);
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void rulesOfAConfigMapAreLoadedWhenTheyChange() {
        // given
        rules("host all all all scram-sha-256");

        // when
        change("""
            {"auth": {"users": [%s], "hbaConfigMapRef": {"name": "rules"}}}\
            """.formatted(APP));

        // then
        assertThat(pool.whoIs(Tenant.USER, Tenant.PASSWORD)).isEqualTo(Tenant.USER);

        // and when
        var before = pool.resource().at("/status/config/desiredHash").asText();
        rules("host all all all reject");
        var took = Progress.until("all pods run the new rules", LIMIT, () -> {
            var resource = pool.resource();
            return !resource.at("/status/config/desiredHash").asText().equals(before)
                    && Pool.says(resource, "ConfigApplied", "True");
        });
        Progress.say("a changed ConfigMap with rules was loaded after " + took.toMillis() + " ms");
        assertThat(took).as("the change wakes the operator").isLessThan(BETWEEN_LOOKS);
        assertThat(pool.whoIs(Tenant.USER, Tenant.PASSWORD)).contains("pg_hba.conf rejects connection");
        tenant.kubectl().succeed("delete", "configmap", "rules");
        pool.await("SecretsResolved", "False", LIMIT);
        assertThat(pool.resource().at("/status/conditions").toString()).contains("ConfigMap rules does not exist");
        rules("host all all all scram-sha-256");

        // then
        Progress.until(
                "the user comes in again",
                LIMIT,
                () -> pool.whoIs(Tenant.USER, Tenant.PASSWORD).equals(Tenant.USER));
        change("{\"auth\": {\"hbaConfigMapRef\": null}}");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    private void rules(String line) {
        tenant.kubectl().apply("""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: rules}
            data: {pg_hba.conf: "%s"}
            """.formatted(line));
    }

    @Test
    void theServerHasToProveItsNameToThePods() {
        // given
        var pair = authority.issue("postgres");
        tenant.upload("/data/server.crt", pair.certificate());
        tenant.upload("/data/server.key", pair.key());
        tenant.superuser("alter system set ssl_cert_file = '/data/server.crt'");
        tenant.superuser("alter system set ssl_key_file = '/data/server.key'");
        tenant.superuser("alter system set ssl = on");
        tenant.superuser("select pg_reload_conf()");
        tenant.kubectl().apply(authority.secret("database-tls", pair));

        // when
        pool.set("/spec/servers/0/tls", """
            {"mode": "VerifyFull", "caSecretRef": {"name": "database-tls"}}\
            """);
        pool.await("ConfigApplied", "True", LIMIT);

        // then
        var encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        assertThat(pool.target().psql(encrypted).all().strip()).isEqualTo("t");

        // and when
        var stranger = Authority.create("auth-stranger");
        tenant.kubectl().apply(stranger.secret("database-tls", stranger.issue("postgres")));
        Progress.until(
                "a server of another authority is refused",
                LIMIT,
                () -> !pool.target().psql("select 1").succeeded());

        // and back
        tenant.kubectl().apply(authority.secret("database-tls", pair));
        Progress.until(
                "the server is trusted again",
                LIMIT,
                () -> pool.target().psql(encrypted).out().strip().equals("t"));
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void aPodsTokenIsItsPasswordInTheNamespaceThatIsNamedAndInNoOther() {
        // given
        var url = "jdbc:postgresql://%s:6432/%s".formatted(serviceName(), Tenant.DATABASE);
        try (var orders = Workload.create(cluster, tenant.name() + "-orders", authority.certificate());
                var others = Workload.create(cluster, tenant.name() + "-others", authority.certificate())) {
            // when
            change("""
                {"tls": {"client": {"certSecretRef": {"name": "quickstart-tls"}}},
                 "auth": {
                   "users": [%s, {"name": "workload", "serverUser": "app", "serverSecretRef": {"name": "quickstart-app"}}],
                   "tokenIssuers": [{"name": "cluster", "keys": {"from": "Cluster"}, "audiences": ["doorman"],
                     "serviceAccounts": [{"namespace": "%s", "name": "api", "user": "workload"}]}]}}\
                """.formatted(APP, orders.kubectl().namespace()));

            // then
            assertThat(orders.login("named", url, "workload")).isEqualTo("entered as app");
            assertThat(others.login("not-named", url, "workload")).startsWith("refused: 28");
            assertThat(orders.login("another-user", url, "app")).startsWith("refused: 28");

            // and when: the other namespace claims, and the owner agrees
            pool.set("/spec/access", """
                {"rules": [{"name": "others", "from": {"namespaces": ["%s"]}, "databases": ["app"],
                  "roles": [{"name": "ReadWrite", "user": "app"}]}]}\
                """.formatted(others.kubectl().namespace()));
            others.kubectl().apply("""
                apiVersion: pgdoorman.io/v1alpha1
                kind: DoormanDatabaseAccess
                metadata: {name: orders-db}
                spec:
                  poolRef: {name: %s, namespace: %s}
                  database: app
                  serviceAccountName: api
                """.formatted(pool.name(), tenant.name()));
            others.kubectl()
                    .succeed("wait", "--for=condition=Ready", "doormandatabaseaccess/orders-db", "--timeout=60s");

            // then
            var secret = others.kubectl().get("secret", "orders-db").orElseThrow();
            assertThat(secret.path("data").has("password")).isFalse();
            assertThat(others.login("claimed", url, Kubectl.text(secret, "user")))
                    .isEqualTo("entered as app");
            assertThat(orders.login("not-its-own", url, Kubectl.text(secret, "user")))
                    .startsWith("refused: 28");
            assertThat(pool.runs()).isEqualTo(runs);
        }
    }

    /// Applies a part of the spec and waits until each pod runs it.
    private void change(String spec) {
        pool.patch("{\"spec\": " + spec + "}");
        var took = pool.await("ConfigApplied", "True", LIMIT);
        Progress.say("in use after " + took.toMillis() + " ms");
    }

    private String verifierOf(String role) {
        return tenant.superuser("select rolpassword from pg_authid where rolname = '" + role + "'");
    }

    private void secret(String name, String password) {
        tenant.kubectl().apply("""
            apiVersion: v1
            kind: Secret
            metadata: {name: %s}
            stringData: {password: "%s"}
            """.formatted(name, password));
    }
}
