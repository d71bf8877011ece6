package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Clients trust the Service's name, and certificates are replaced while they work.
@OnCluster
@TestMethodOrder(MethodOrderer.MethodName.class)
class TlsE2E {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String SECRET = "quickstart-tls";
    private static final int CLIENTS = 20;
    private static final int ROTATIONS = 3;
    /// Connections, each to one of two pods at random: that one of the pods is met by none has a chance of 2^-23.
    private static final int LOOKS = 24;

    private final Tenant tenant;
    private final Pool pool;
    private final Authority authority = Authority.create("clients");
    private final Target.Tls verified;

    TlsE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.verified = new Target.Tls(serviceName(), authority.certificate());
    }

    private String serviceName() {
        return pool.name() + "." + tenant.name() + ".svc";
    }

    @BeforeAll
    void demandTls() {
        tenant.quickstart();
        renew();
        var runs = pool.runs();
        pool.set(
                "/spec/tls",
                "{\"client\": {\"mode\": \"Require\", \"certSecretRef\": {\"name\": \"%s\"}}}".formatted(SECRET));
        pool.await("ConfigApplied", "True", LIMIT);
        assertThat(pool.runs()).as("the first certificate restarts no pod").isEqualTo(runs);
    }

    @Test
    void aPlainConnectionAndAStrangeAuthorityAreRefused() {
        // given
        var stranger =
                new Target.Tls(serviceName(), Authority.create("stranger").certificate());

        // when
        var plain = pool.target().psql("select 1");
        var unknown = pool.target().over(stranger).psql("select 1");

        // then
        assertThat(plain.succeeded()).as(plain.all()).isFalse();
        assertThat(unknown.err()).contains("certificate verify failed");
    }

    @Test
    void psqlAndPgjdbcVerifyTheServicesName() throws SQLException {
        // given
        var target = pool.target().over(verified);

        // when
        var psql = target.psql("select 40 + 2");

        // then
        assertThat(psql.out().strip()).as(psql.all()).isEqualTo("42");
        try (var connection = target.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select 40 + 2")) {
            rows.next();
            assertThat(rows.getInt(1)).isEqualTo(42);
        }
    }

    @Test
    void renewedCertificatesReachAllPodsUnderLoadAndNobodyNotices() {
        // given
        var runs = pool.runs();

        try (var load = Load.start(pool.target().over(verified), tenant.postgres(), CLIENTS)) {
            for (var i = 0; i < ROTATIONS; i++) {
                // when
                var before = pool.resource().at("/status/config/desiredHash").asText();
                var serial = renew();
                var took = Progress.until(
                        "all pods say that they have read the new certificate", LIMIT, () -> isAcknowledged(before));
                Progress.say("certificate " + serial + " was in use after " + took.toMillis() + " ms");

                // then
                assertThat(serialsShown()).containsExactly(serial);
            }
            load.finish().assertUnnoticed();
        }
        assertThat(pool.runs()).isEqualTo(runs);
    }

    /// This test is cert-manager: it knows the kind, and issues what is asked for, in the Secret that was there before.
    @Test
    void anIssuerIsAskedForTheCertificateAndRenewsIt() {
        // given
        var kubectl = tenant.kubectl();
        kubectl.in("").apply("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: certificates.cert-manager.io}
            spec:
              group: cert-manager.io
              scope: Namespaced
              names: {kind: Certificate, plural: certificates, singular: certificate}
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                  subresources: {status: {}}
            """);
        kubectl.in("").succeed("wait", "--for=condition=Established", "crd/certificates.cert-manager.io");
        var runs = pool.runs();

        // when
        pool.set("/spec/tls", "{\"client\": {\"mode\": \"Require\", \"issuerRef\": {\"name\": \"company\"}}}");
        var wanted = Progress.await(
                "a Certificate asks for one", LIMIT, () -> kubectl.get("certificate", pool.name() + "-tls"));

        // then
        assertThat(wanted.at("/spec/dnsNames").toString()).contains("\"" + serviceName() + "\"");
        assertThat(wanted.at("/spec/issuerRef/name").asText()).isEqualTo("company");
        var secret = wanted.at("/spec/secretName").asText();
        for (var round = 0; round < 2; round++) {
            var pair = authority.issue(serviceName());
            kubectl.apply(authority.secret(secret, pair));
            kubectl.succeed(
                    "patch",
                    "certificate",
                    pool.name() + "-tls",
                    "--subresource=status",
                    "--type=merge",
                    "-p",
                    "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"True\"}]}}");
            var took = Progress.until(
                    "all pods show what was issued", LIMIT, () -> serialsShown().equals(Set.of(pair.serial())));
            Progress.say("an issued certificate was in use after " + took.toMillis() + " ms");
        }
        assertThat(pool.target().over(verified).psql("select 1").out().strip()).isEqualTo("1");
        pool.await("Certified", "True", LIMIT);
        pool.await("Ready", "True", LIMIT);
        assertThat(pool.runs()).isEqualTo(runs);

        // and back
        pool.set(
                "/spec/tls",
                "{\"client\": {\"mode\": \"Require\", \"certSecretRef\": {\"name\": \"%s\"}}}".formatted(SECRET));
        Progress.until(
                "the Certificate is gone",
                LIMIT,
                () -> kubectl.get("certificate", pool.name() + "-tls").isEmpty());
        pool.await("Ready", "True", LIMIT);
    }

    @Test
    void whatIsNoPairIsRefusedByOnePodAndTheLastGoodOneStays() {
        // given
        var good = renew();
        Progress.until("the certificate is shown", LIMIT, () -> serialsShown().equals(Set.of(good)));
        pool.await("Ready", "True", LIMIT);
        var other = authority.issue(serviceName());
        var mismatched = new Authority.Pair(authority.issue(serviceName()).certificate(), other.key(), "");

        // when
        tenant.kubectl().apply(authority.secret(SECRET, mismatched));
        pool.await("Stalled", "True", LIMIT);

        // then
        var stalled = Pool.condition(pool.resource(), "Stalled").orElseThrow();
        assertThat(stalled.path("reason").asText()).isEqualTo("ReloadRejected");
        assertThat(stalled.path("message").asText()).contains("does not belong to the certificate");
        assertThat(serialsShown()).containsExactly(good);

        // and
        var mended = renew();
        pool.await("Ready", "True", LIMIT);
        assertThat(serialsShown()).containsExactly(mended);
    }

    /// Puts a new certificate into the Secret, as cert-manager would; answers its serial number.
    private String renew() {
        var pair = authority.issue(serviceName());
        tenant.kubectl().apply(authority.secret(SECRET, pair));
        return pair.serial();
    }

    private boolean isAcknowledged(String before) {
        var resource = pool.resource();
        return !resource.at("/status/config/desiredHash").asText().equals(before)
                && Pool.says(resource, "ConfigApplied", "True");
    }

    /// Serial numbers of the certificates that new connections see.
    private Set<String> serialsShown() {
        var target = pool.target();
        var serials = new HashSet<String>();
        for (var i = 0; i < LOOKS; i++) {
            serials.add(Command.of(
                            "sh",
                            "-c",
                            "openssl s_client -starttls postgres -connect %s:%d </dev/null 2>/dev/null"
                                            .formatted(target.host(), target.port())
                                    + " | openssl x509 -noout -serial | cut -d= -f2")
                    .succeed()
                    .strip());
        }
        return serials;
    }
}
