package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
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
        assertThat(whoIs("keeper", "first")).isEqualTo("keeper");

        // and when
        superuser("alter role keeper password 'second'");
        secret("keeper", verifierOf("keeper"));
        var took = Progress.until(
                "the new password lets in",
                LIMIT,
                () -> whoIs("keeper", "second").equals("keeper"));

        // then
        Progress.say("a verifier was replaced after " + took.toMillis() + " ms");
        // The Service's next pod may be a moment behind; six in a row are hardly all of the first one.
        Progress.until(
                "the old password lets nobody in",
                LIMIT,
                () -> IntStream.range(0, 6)
                        .allMatch(_ -> whoIs("keeper", "first").contains("password authentication failed")));
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void usersWhoAreNotListedAreLookedUpAndAlterRoleNeedsNoReload() {
        // given
        tenant.role("asker", "asks");
        tenant.role("person", "one");
        secret("asker", "asks");
        superuser("""
            create function asked(wanted text) returns table (usename text, passwd text)
              language sql security definer set search_path = pg_catalog as
              $$ select rolname, rolpassword from pg_authid where rolname = wanted and rolcanlogin $$\
            """);
        superuser("revoke execute on function asked from public");
        superuser("grant execute on function asked to asker");

        // when
        change("""
            {"auth": {"authQuery": {"query": "select * from asked($1)", "user": "asker", "secretRef": {"name": "asker"}}}}\
            """);

        // then
        assertThat(whoIs("person", "one")).isEqualTo("person");
        assertThat(whoIs("nobody", "one")).contains("password authentication failed");

        // and when
        var hash = pool.resource().at("/status/config/desiredHash").asText();
        superuser("alter role person password 'two'");
        var took = Progress.until(
                "the new password lets in", LIMIT, () -> whoIs("person", "two").equals("person"));

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
        assertThat(whoIs(Tenant.USER, Tenant.PASSWORD)).isEqualTo(Tenant.USER);

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
        assertThat(whoIs(Tenant.USER, Tenant.PASSWORD)).contains("pg_hba.conf rejects connection");
        tenant.kubectl().succeed("delete", "configmap", "rules");
        pool.await("SecretsResolved", "False", LIMIT);
        assertThat(pool.resource().at("/status/conditions").toString()).contains("ConfigMap rules does not exist");
        rules("host all all all scram-sha-256");

        // then
        Progress.until(
                "the user comes in again",
                LIMIT,
                () -> whoIs(Tenant.USER, Tenant.PASSWORD).equals(Tenant.USER));
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
        upload("/data/server.crt", pair.certificate());
        upload("/data/server.key", pair.key());
        superuser("alter system set ssl_cert_file = '/data/server.crt'");
        superuser("alter system set ssl_key_file = '/data/server.key'");
        superuser("alter system set ssl = on");
        superuser("select pg_reload_conf()");
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
            var secret =
                    others.kubectl().get("secret", "orders-db").orElseThrow().path("data");
            assertThat(secret.has("password")).isFalse();
            assertThat(others.login("claimed", url, text(secret, "user"))).isEqualTo("entered as app");
            assertThat(orders.login("not-its-own", url, text(secret, "user"))).startsWith("refused: 28");
            assertThat(pool.runs()).isEqualTo(runs);
        }
    }

    private static String text(JsonNode data, String key) {
        return new String(Base64.getDecoder().decode(data.path(key).asText()), StandardCharsets.UTF_8);
    }

    /// Applies a part of the spec and waits until each pod runs it.
    private void change(String spec) {
        pool.patch("{\"spec\": " + spec + "}");
        var took = pool.await("ConfigApplied", "True", LIMIT);
        Progress.say("in use after " + took.toMillis() + " ms");
    }

    /// Who one is at the server, or why one does not get there.
    private String whoIs(String user, String password) {
        return pool.target()
                .as(user, password)
                .psql("select current_user")
                .all()
                .strip();
    }

    private String superuser(String sql) {
        var answer = tenant.postgres()
                .as(Tenant.SUPERUSER, Tenant.SUPERUSER_PASSWORD)
                .psql(sql);
        assertThat(answer.succeeded()).as(answer.all()).isTrue();
        return answer.out().strip();
    }

    private String verifierOf(String role) {
        return superuser("select rolpassword from pg_authid where rolname = '" + role + "'");
    }

    /// A file in PostgreSQL's pod that only its owner may read.
    private void upload(String file, String content) {
        var encoded = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.US_ASCII));
        superuser("copy (select '%s') to program 'base64 -d >%s && chmod 600 %s'".formatted(encoded, file, file));
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
