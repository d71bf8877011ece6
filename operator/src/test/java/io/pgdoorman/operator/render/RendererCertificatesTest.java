package io.pgdoorman.operator.render;

import static io.pgdoorman.operator.render.RenderStage.APP;
import static io.pgdoorman.operator.render.RenderStage.MANIFEST;
import static io.pgdoorman.operator.render.RenderStage.POD;
import static io.pgdoorman.operator.render.RenderStage.SECRETS;
import static io.pgdoorman.operator.render.RenderStage.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Certificates and keys of a pool become files of its pods.
class RendererCertificatesTest {
    private static final SecretRef CERTIFICATE = new SecretRef("shop-tls", "tls.crt");
    private static final SecretRef KEY = new SecretRef("shop-tls", "tls.key");
    private static final SecretRef AUTHORITIES = new SecretRef("client-ca", "ca.crt");
    private static final String PRIVATE = "-----BEGIN PRIVATE KEY-----\nnone of ours\n-----END PRIVATE KEY-----\n";

    private static DoormanPoolSpec tls() throws IOException {
        return spec(Files.readString(Path.of("src/test/resources/manifests/valid-tls.yaml")));
    }

    private static Map<SecretRef, SecretValue> certificates(String version) throws IOException {
        var certificate = Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        return Map.of(
                APP, new SecretValue("1", "x"),
                CERTIFICATE, new SecretValue(version, certificate),
                KEY, new SecretValue(version, PRIVATE),
                AUTHORITIES, new SecretValue("7", certificate));
    }

    @Test
    void certificatesAreFilesWhoseNamesCarryTheirVersion() throws Exception {
        // given
        var spec = tls();

        // when
        var rendered = Renderer.render(spec, certificates("5"), POD);

        // then
        assertThat(rendered).isInstanceOfSatisfying(Rendered.Valid.class, valid -> {
            assertThat(valid.text()).contains("""
                  tls_mode: "verify-full"
                  tls_certificate: "/etc/pgdoorman/tls-client-5-cert.pem"
                  tls_private_key: "/etc/pgdoorman/tls-client-5-key.pem"
                  tls_ca_cert: "/etc/pgdoorman/tls-client-7-ca.pem"
                  tls_min_version: "1.3"
                  tls_ciphers:
                  - "TLS_AES_256_GCM_SHA384"
                """);
            assertThat(valid.secrets())
                    .containsKeys("tls-client-5-cert.pem", "tls-client-5-key.pem", "tls-client-7-ca.pem");
        });
    }

    @Test
    void renewedCertificateIsANewHashOnly() throws Exception {
        // given
        var spec = tls();

        // when
        var before = (Rendered.Valid) Renderer.render(spec, certificates("5"), POD);
        var after = (Rendered.Valid) Renderer.render(spec, certificates("6"), POD);

        // then
        assertThat(after.hash()).isNotEqualTo(before.hash());
        assertThat(after.bootHash()).isEqualTo(before.bootHash());
    }

    @Test
    void whatIsNoCertificateIsRefusedBeforeAnyPodSeesIt() throws Exception {
        // given
        var values = new HashMap<>(certificates("5"));
        values.put(CERTIFICATE, new SecretValue("5", "c3dhcHBlZA=="));
        values.put(KEY, new SecretValue("5", "s3cret"));

        // when
        var rendered = Renderer.render(tls(), values, POD);

        // then
        assertThat(rendered)
                .isInstanceOfSatisfying(
                        Rendered.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly(
                                        "tls.client: Secret shop-tls, key tls.crt holds no certificate (PEM)",
                                        "tls.client: Secret shop-tls, key tls.key holds no private key (PEM)"));
    }

    @Test
    void serversAreTrustedAsTheSpecSays() throws Exception {
        // given
        var spec = spec(Files.readString(Path.of("src/test/resources/manifests/valid-server-tls.yaml")));
        var certificate = Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        var values = Map.of(
                APP,
                new SecretValue("1", "x"),
                new SecretRef("db-ca", "ca.crt"),
                new SecretValue("3", certificate),
                new SecretRef("db-ca", "ca.crl"),
                new SecretValue("3", "-----BEGIN X509 CRL-----\n"),
                new SecretRef("doorman-client", "tls.crt"),
                new SecretValue("4", certificate),
                new SecretRef("doorman-client", "tls.key"),
                new SecretValue("4", PRIVATE));

        // when
        var rendered = Renderer.render(spec, values, POD);

        // then
        assertThat(rendered).isInstanceOfSatisfying(Rendered.Valid.class, valid -> {
            assertThat(valid.text())
                    .contains("""
                            server_tls_mode: "verify-full"
                            server_tls_ca_cert: "/etc/pgdoorman/tls-server-main-3-ca.pem"
                            server_tls_crl: "/etc/pgdoorman/tls-server-main-3-crl.pem"
                            server_tls_certificate: "/etc/pgdoorman/tls-server-main-4-cert.pem"
                            server_tls_private_key: "/etc/pgdoorman/tls-server-main-4-key.pem"
                        """)
                    .contains("server_tls_mode: \"require\"")
                    .contains("server_tls_mode: \"prefer\"");
            assertThat(valid.secrets()).containsKeys("tls-server-main-3-crl.pem", "tls-server-main-4-key.pem");
        });
    }

    @Test
    void aPatroniBehindTlsIsTrustedAsTheSpecSays() throws Exception {
        // given
        var spec = spec(MANIFEST.replace(
                "port: 5433}", "port: 5433, patroni: {urls: ['https://pg-0.pg:8008'], caSecretRef: {name: ca}}}"));
        var values = new HashMap<>(SECRETS);
        var authorities = Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        values.put(new SecretRef("ca", "ca.crt"), new SecretValue("3", authorities));

        // when
        var rendered = Renderer.render(spec, values, POD);
        var without = Renderer.render(spec, SECRETS, POD);

        // then
        assertThat(rendered).isInstanceOfSatisfying(Rendered.Valid.class, valid -> {
            assertThat(valid.text()).contains("patroni_api_ca_cert: \"/etc/pgdoorman/tls-patroni-main-3-ca.pem\"");
            assertThat(valid.secrets()).containsKey("tls-patroni-main-3-ca.pem");
        });
        assertThat(without.toString()).contains("patroni of server main: ").contains("Secret ca");
    }

    @Test
    void whatIsNoListOfRevokedCertificatesIsRefused() throws Exception {
        // given
        var spec = spec(MANIFEST.replace(
                "port: 5433}",
                "port: 5433, tls: {mode: VerifyCA, caSecretRef: {name: ca}, crlSecretRef: {name: ca}}}"));
        var values = new HashMap<>(SECRETS);
        values.put(
                new SecretRef("ca", "ca.crt"),
                new SecretValue("1", Files.readString(Path.of("src/test/resources/tls/shop.pem"))));
        values.put(new SecretRef("ca", "ca.crl"), new SecretValue("1", "none"));

        // when
        var rendered = Renderer.render(spec, values, POD);

        // then
        assertThat(rendered)
                .isInstanceOfSatisfying(
                        Rendered.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly("server main: Secret ca, key ca.crl holds no list of revoked"
                                        + " certificates (PEM)"));
    }
}
