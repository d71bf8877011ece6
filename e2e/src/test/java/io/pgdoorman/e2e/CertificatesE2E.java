package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Certificates and their authorities are exchanged while clients work and others log in: clients verify the pods, the
/// pods verify PostgreSQL, and PostgreSQL verifies the pods. Nobody is refused, and nobody has to come again.
@OnCluster
class CertificatesE2E {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int CLIENTS = 6;
    private static final int NEWCOMERS = 2;

    /// Secrets: what pods show to clients, what they show to PostgreSQL, and whom they believe there.
    private static final String SHOWN = "quickstart-tls";

    private static final String OWN = "pods-tls";
    private static final String BELIEVED = "database-ca";

    /// Whom PostgreSQL believes.
    private static final String BELIEVED_BY_POSTGRES = "/data/believed.crt";

    private static final String RULES = """
        local     all all     trust
        hostssl   app app all scram-sha-256 clientcert=verify-full
        hostnossl app app all reject
        host      all all all scram-sha-256
        """;

    private final Tenant tenant;
    private final Pool pool;
    private final Path believedByClients = Cluster.WORK.resolve("believed-by-clients.crt");
    private final Authority ofShown = Authority.create("shown");
    private final Authority ofOwn = Authority.create("own");
    private final Authority ofPostgres = Authority.create("postgres");
    private List<String> runs = List.of();
    private List<Target> doors = List.of();

    CertificatesE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void allSidesVerifyEachOther() {
        tenant.quickstart();
        runs = pool.runs();
        var pods = pool.pods();
        doors = List.of(pool.targetOf(pods.getFirst(), "one"), pool.targetOf(pods.getLast(), "other"));

        clientsBelieve(ofShown);
        put(SHOWN, ofShown, ofShown.issue(serviceName()));
        put(OWN, ofOwn, ofOwn.issue(Tenant.USER));
        podsBelieve(ofPostgres);
        startTlsOfPostgres();

        pool.patch("""
            {"spec": {"tls": {"client": {"mode": "Require", "certSecretRef": {"name": "%s"}}}}}\
            """.formatted(SHOWN));
        pool.set("/spec/servers/0/tls", """
            {"mode": "VerifyFull", "caSecretRef": {"name": "%s"}, "certSecretRef": {"name": "%s"}}\
            """.formatted(BELIEVED, OWN));
        pool.await("ConfigApplied", "True", LIMIT);
    }

    private void startTlsOfPostgres() {
        tenant.superuser("alter default privileges grant all on tables to public");
        tenant.superuser("alter system set ssl_cert_file = '/data/server.crt'");
        tenant.superuser("alter system set ssl_key_file = '/data/server.key'");
        tenant.superuser("alter system set ssl_ca_file = '%s'".formatted(BELIEVED_BY_POSTGRES));
        tenant.superuser("alter system set ssl = on");
        tenant.upload("/data/db/pg_hba.conf", RULES);
        postgresShows(ofPostgres.issue("postgres"));
        postgresBelieves(ofOwn);
    }

    @Test
    void ofThePodsForClients() {
        underLoad(() -> {
            // when
            var renewed = ofShown.issue(serviceName());
            exchange(SHOWN, ofShown, renewed);

            // then
            assertThat(doors).allMatch(door -> shownBy(door).equals(renewed.serial()));

            // when
            var another = Authority.create("shown-next");
            var ofAnother = another.issue(serviceName());
            clientsBelieve(ofShown, another);
            exchange(SHOWN, another, ofAnother);
            clientsBelieve(another);

            // then
            assertThat(doors).allMatch(door -> shownBy(door).equals(ofAnother.serial()));
        });
    }

    @Test
    void ofThePodsForPostgres() {
        underLoad(() -> {
            // when
            var renewed = ofOwn.issue(Tenant.USER);
            exchange(OWN, ofOwn, renewed);

            // then
            assertEachServerIsNewAndSaw(renewed);

            // when
            var another = Authority.create("own-next");
            var ofAnother = another.issue(Tenant.USER);
            postgresBelieves(ofOwn, another);
            exchange(OWN, another, ofAnother);
            assertEachServerIsNewAndSaw(ofAnother);
            postgresBelieves(another);

            // then
            assertEachServerIsNewAndSaw(ofAnother);
        });
    }

    @Test
    void ofPostgres() {
        underLoad(() -> {
            // when
            var another = Authority.create("postgres-next");
            var ofAnother = another.issue("postgres");
            podsBelieve(ofPostgres, another);
            awaitInUse(BELIEVED);
            postgresShows(ofAnother);
            assertEachServerIsNew();
            podsBelieve(another);
            awaitInUse(BELIEVED);

            // then
            assertEachServerIsNew();
            assertThat(shownBy(tenant.postgres())).isEqualTo(ofAnother.serial());
        });
    }

    /// Nobody is refused, neither who works nor who comes.
    private void underLoad(Runnable exchanges) {
        var target = pool.target().over(new Target.Tls(serviceName(), believedByClients));
        try (var load = Load.start(target, tenant.asSuperuser(), CLIENTS);
                var newcomers = Newcomers.start(target, NEWCOMERS)) {
            exchanges.run();
            newcomers.finish();
            assertThat(newcomers.failures()).isEmpty();
            assertThat(newcomers.served()).isGreaterThan(50);
            load.finish().assertUnnoticed();
        }
        assertThat(pool.runs()).isEqualTo(runs);
    }

    // Whom who believes.

    private void clientsBelieve(Authority... authorities) {
        try {
            var next = Files.writeString(Cluster.WORK.resolve("believed-next.crt"), Authority.bundle(authorities));
            Files.move(next, believedByClients, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void podsBelieve(Authority... authorities) {
        tenant.kubectl()
                .apply("""
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: %s}
                    stringData:
                      ca.crt: |
                    %s
                    """.formatted(BELIEVED, Authority.bundle(authorities).indent(4)));
    }

    private void postgresBelieves(Authority... authorities) {
        tenant.upload(BELIEVED_BY_POSTGRES, Authority.bundle(authorities));
        tenant.superuser("select pg_reload_conf()");
    }

    // Who shows what.

    private void put(String secret, Authority authority, Authority.Pair pair) {
        tenant.kubectl().apply(authority.secret(secret, pair));
    }

    private void exchange(String secret, Authority authority, Authority.Pair pair) {
        put(secret, authority, pair);
        awaitInUse(secret);
    }

    /// Until the status says of each pod that it has the Secret as it is now.
    private void awaitInUse(String secret) {
        var version = tenant.kubectl()
                .get("secret", secret)
                .orElseThrow()
                .at("/metadata/resourceVersion")
                .asText();
        var took = Progress.until(
                "all pods say that they have read " + secret,
                LIMIT,
                () -> StreamSupport.stream(pool.resource().at("/status/secrets").spliterator(), false)
                        .anyMatch(entry -> entry.path("name").asText().equals(secret)
                                && entry.path("version").asText().equals(version)
                                && entry.path("ackedPods").asInt() == doors.size()));
        Progress.say(secret + " was in use after " + took.toMillis() + " ms");
    }

    private void postgresShows(Authority.Pair pair) {
        tenant.upload("/data/server.crt", pair.certificate());
        tenant.upload("/data/server.key", pair.key());
        tenant.superuser("select pg_reload_conf()");
    }

    /// Serial number of the certificate that new connections see.
    private static String shownBy(Target target) {
        return Command.of(
                        "sh",
                        "-c",
                        "openssl s_client -starttls postgres -connect %s:%d </dev/null 2>/dev/null"
                                        .formatted(target.host(), target.port())
                                + " | openssl x509 -noout -serial | cut -d= -f2")
                .succeed()
                .strip();
    }

    // Connections to PostgreSQL.

    private void assertEachServerIsNewAndSaw(Authority.Pair pair) {
        assertEachServerIsNew();
        var others = tenant.superuser("select count(*) from pg_stat_ssl join pg_stat_activity using (pid)"
                + " where usename = 'app' and client_serial is distinct from " + new BigInteger(pair.serial(), 16));
        assertThat(others).isEqualTo("0");
    }

    private void assertEachServerIsNew() {
        var now = tenant.superuser("select now()");
        pool.console("reconnect", Tenant.DATABASE).succeed();
        Progress.until(
                "each server is new",
                LIMIT,
                () -> servers("backend_start < '" + now + "'") == 0 && servers("true") > 0);
    }

    private int servers(String condition) {
        return Integer.parseInt(
                tenant.superuser("select count(*) from pg_stat_activity where usename = 'app' and " + condition));
    }

    private String serviceName() {
        return pool.name() + "." + tenant.name() + ".svc";
    }
}
