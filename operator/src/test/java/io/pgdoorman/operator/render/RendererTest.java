package io.pgdoorman.operator.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RendererTest {

    private static final String MANIFEST = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop}
        spec:
          servers:
          - {name: main, host: db.example, port: 5433}
          - {name: reports, serviceRef: {name: postgres-ro}}
          databases:
          - {name: shop, serverRefs: [main], poolSize: 40, minPoolSize: 2}
          - {name: reports, serverRefs: [reports], poolMode: Session, remoteName: r2}
          auth:
            users:
            - {name: app, secretRef: {name: app-db}}
            - {name: old, secretRef: {name: old-db, key: hash}, poolSize: 7}
        """;
    private static final String MD5 = "md50123456789abcdef0123456789abcdef";
    private static final SecretRef APP = new SecretRef("app-db", "password");
    private static final SecretRef OLD = new SecretRef("old-db", "hash");
    private static final Map<SecretRef, SecretValue> SECRETS =
            Map.of(APP, new SecretValue("12345", "s3cret\n"), OLD, new SecretValue("77", MD5));
    private static final Place POD = Place.pod("prod", "shop");

    private static DoormanPoolSpec spec(String manifest) {
        var read = Manifest.readAll(manifest).getFirst();
        assertThat(read).isInstanceOf(Manifest.Read.Valid.class);
        return ((Manifest.Read.Valid) read).pool().getSpec();
    }

    private static Rendered.Valid render(String manifest) {
        var rendered = Renderer.render(spec(manifest), SECRETS, POD);
        assertThat(rendered).isInstanceOf(Rendered.Valid.class);
        return (Rendered.Valid) rendered;
    }

    @Test
    void membersOfAPatroniClusterAreFoundByItsApi() {
        // given
        var manifest = MANIFEST.replace(
                "port: 5433}",
                "port: 5433, role: Primary, patroni: {urls: ['http://pg-0.pg:8008', 'https://[fd00::1]:8008/x']}}");

        // when
        var rendered = render(manifest);

        // then
        assertThat(rendered.text())
                .containsOnlyOnce("patroni_api_urls")
                .containsSubsequence(
                        "  shop:",
                        "server_host: \"db.example\"",
                        "target_session_attrs: \"primary\"",
                        "patroni_api_urls:",
                        "- \"http://pg-0.pg:8008\"",
                        "- \"https://[fd00::1]:8008/x\"",
                        "  reports:");
        assertThat(rendered.hash()).isNotEqualTo(render(MANIFEST).hash());
    }

    @Test
    void serversOfOneDatabaseBelongToOnePatroniCluster() {
        // given
        var manifest = MANIFEST.replace("servers:", """
            servers:
              - {name: second, host: second.example, patroni: {urls: ['http://pg-0.pg:8008']}}\
            """).replace("serverRefs: [main]", "serverRefs: [main, second]");

        // when
        var read = Manifest.readAll(manifest).getFirst();

        // then
        assertThat(read)
                .hasToString("Invalid[name=shop, problems=[spec.databases[shop].serverRefs: servers of one"
                        + " database must have the same patroni]]");
    }

    @Test
    void serversThatAreOnlyReadGetAPoolOfTheirOwn() {
        // given
        var manifest = MANIFEST.replace(
                        "serverRefs: [main], poolSize: 40,",
                        "serverRefs: [main], readOnlyServerRefs: [second, third], poolSize: 40,")
                .replace("servers:", """
                    servers:
                      - {name: second, host: second.example, role: Replica}
                      - {name: third, host: third.example, role: Replica}\
                    """);

        // when
        var hidden = render(manifest + "  pause: {databases: [shop]}\n");
        var served = render(manifest + "  readOnlyService: {enabled: true}\n");

        // then
        assertThat(hidden.text())
                .contains("read_only_pool: \"shop-ro\"")
                .containsSubsequence(
                        "  shop-ro:",
                        "server_host:",
                        "- \"second.example:5432\"",
                        "- \"third.example:5432\"",
                        "target_session_attrs: \"standby\"",
                        "load_balance_hosts: \"random\"",
                        "paused: true",
                        "server_database: \"shop\"",
                        "username: \"app\"",
                        "  reports:")
                .doesNotContain("read_only_port");
        assertThat(served.text()).contains("read_only_port: 9128");
        assertThat(hidden.bootHash()).isEqualTo(render(MANIFEST).bootHash());
        assertThat(served.bootHash()).isNotEqualTo(hidden.bootHash());
    }

    @Test
    void aDatabaseMayHavePartOfTheUsersOnly() {
        // given
        var manifest = MANIFEST.replace("poolMode: Session,", "poolMode: Session, authRef: {users: [old]},");

        // when
        var text = render(manifest).text();

        // then
        var reports = text.substring(text.indexOf("  reports:"));
        assertThat(reports).contains("username: \"old\"").doesNotContain("username: \"app\"");
        assertThat(text.substring(text.indexOf("  shop:"), text.indexOf("  reports:")))
                .contains("username: \"old\"", "username: \"app\"");
    }

    @Test
    void writesOfADrainWhatSomebodyChose() {
        // given
        var usual = MANIFEST;
        var chosen = MANIFEST + "  rollout: {drain: {reconnectSpread: 1m, boundary: Session, onTimeout: Wait}}\n";

        // when
        var before = render(usual);
        var after = render(chosen);

        // then
        assertThat(before.text()).doesNotContain("shutdown_spread", "shutdown_boundary", "shutdown_on_timeout");
        assertThat(after.text())
                .contains("shutdown_spread: \"60000ms\"")
                .contains("shutdown_boundary: \"session\"")
                .contains("shutdown_on_timeout: \"wait\"");
        assertThat(after.bootHash()).isEqualTo(before.bootHash());
    }

    @Test
    void writesTheFileThatThePoolerReads() {
        // given
        var manifest = MANIFEST;

        // when
        var rendered = render(manifest);

        // then
        assertThat(rendered.text()).isEqualTo("""
            general:
              host: "0.0.0.0"
              port: 6432
              max_connections: 10000
              query_wait_timeout: "5000ms"
              shutdown_timeout: "300000ms"
              admin_username: "pgdoorman-admin"
              admin_password:
                file: "/etc/pgdoorman/admin-password"
              peers: "shop-peers.prod.svc:6432"
              pg_hba:
                content: |
                  host all "old" 0.0.0.0/0 md5
                  host all "old" ::/0 md5
                  host all all 0.0.0.0/0 scram-sha-256
                  host all all ::/0 scram-sha-256
            web:
              enabled: true
              host: "0.0.0.0"
              port: 9127
            pools:
              shop:
                server_host: "db.example"
                server_port: 5433
                server_database: "shop"
                pool_mode: "transaction"
                users:
                - username: "app"
                  password:
                    file: "/etc/pgdoorman/user-app-12345"
                  pool_size: 40
                  min_pool_size: 2
                  server_username: "app"
                  server_password:
                    file: "/etc/pgdoorman/user-app-12345"
                - username: "old"
                  password:
                    file: "/etc/pgdoorman/user-old-77-hash"
                  pool_size: 7
                  min_pool_size: 2
              reports:
                server_host: "postgres-ro.prod.svc"
                server_port: 5432
                server_database: "r2"
                pool_mode: "session"
                users:
                - username: "app"
                  password:
                    file: "/etc/pgdoorman/user-app-12345"
                  pool_size: 10
                  min_pool_size: 0
                  server_username: "app"
                  server_password:
                    file: "/etc/pgdoorman/user-app-12345"
                - username: "old"
                  password:
                    file: "/etc/pgdoorman/user-old-77-hash"
                  pool_size: 7
                  min_pool_size: 0
            """);
        assertThat(rendered.secrets())
                .containsExactlyInAnyOrderEntriesOf(Map.of("user-app-12345", "s3cret", "user-old-77-hash", MD5));
    }

    @Test
    void boundsOfADatabaseAreWrittenWhereTheyAreGiven() {
        // given
        var more = ", maxServerConnections: 30, minGuaranteed: 2, queryWaitTimeout: 9s,"
                + " startupParameters: {work_mem: 8MB, lock_timeout: '500'}}";
        var manifest = MANIFEST.replace("remoteName: r2}", "remoteName: r2" + more);

        // when
        var text = render(manifest).text();
        var underABudget = Renderer.render(spec(manifest), SECRETS, POD, new Fleet(List.of(), 800));

        // then
        assertThat(text.split("query_wait_timeout: \"9000ms\"", -1)).hasSize(2);
        assertThat(text)
                .containsSubsequence(
                        "max_db_connections: 30\n",
                        "min_guaranteed_pool_size: 2\n",
                        "startup_parameters:\n",
                        "lock_timeout: \"500\"\n",
                        "work_mem: \"8MB\"\n");
        assertThat(((Rendered.Valid) underABudget).text())
                .as("the smaller bound of both counts")
                .contains("max_db_connections: 30");
    }

    @Test
    void hashIsThePoolersOwn() {
        // given
        var rendered = render(MANIFEST);

        // when
        var read = ConfigReader.parse(rendered.text(), Format.YAML, "pgdoorman.yaml");

        // then
        assertThat(read)
                .isInstanceOfSatisfying(
                        ReadResult.Valid.class,
                        valid -> assertThat(valid.hash()).isEqualTo(rendered.hash()));
    }

    @Test
    void newVersionOfASecretIsANewHash() {
        // given
        var spec = spec(MANIFEST);
        var newer = Map.of(APP, new SecretValue("12346", "s3cret"), OLD, new SecretValue("77", MD5));

        // when
        var rendered = Renderer.render(spec, newer, POD);

        // then
        assertThat(rendered).isInstanceOfSatisfying(Rendered.Valid.class, valid -> {
            assertThat(valid.hash()).isNotEqualTo(render(MANIFEST).hash());
            assertThat(valid.bootHash()).isEqualTo(render(MANIFEST).bootHash());
        });
    }

    @Test
    void onlyValuesOfTheProcessChangeTheBootHash() {
        // given
        var before = render(MANIFEST);

        // when
        var hot = render(MANIFEST.replace("poolSize: 40", "poolSize: 41"));
        var port = render(MANIFEST.replace("spec:\n", "spec:\n  port: 7000\n"));
        var cpu = render(MANIFEST.replace("spec:\n", "spec:\n  resources: {limits: {cpu: 1500m}}\n"));

        // then
        assertThat(hot.bootHash()).isEqualTo(before.bootHash());
        assertThat(port.bootHash()).isNotEqualTo(before.bootHash());
        assertThat(cpu.bootHash()).isNotEqualTo(before.bootHash());
        assertThat(cpu.text()).contains("worker_threads: 2");
    }

    @Test
    void unresolvedUserIsNamed() {
        // given
        var spec = spec(MANIFEST);

        // when
        var rendered = Renderer.render(spec, Map.of(APP, new SecretValue("1", "x")), POD);

        // then
        assertThat(rendered)
                .isInstanceOfSatisfying(
                        Rendered.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly("user old: key hash of Secret old-db is not resolved"));
    }

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

    @Test
    void secretsNeverShow() {
        // given
        var secret = new SecretValue("1", "s3cret");

        // when
        var shown = secret.toString() + render(MANIFEST);

        // then
        assertThat(shown).doesNotContain("s3cret");
    }

    @Test
    void serversOfOneDatabaseAreTriedInTheirOrder() {
        // given
        var manifest = MANIFEST.replace(
                        "- {name: main, host: db.example, port: 5433}",
                        "- {name: main, host: db.example, port: 5433, role: Primary}\n  - {name: next, host: 'fd00::7',"
                                + " role: Primary}")
                .replace("serverRefs: [main]", "serverRefs: [next, main]");

        // when
        var text = render(manifest).text();

        // then
        assertThat(text).contains("""
              shop:
                server_host:
                - "[fd00::7]:5432"
                - "db.example:5433"
                target_session_attrs: "primary"
            """.indent(0).stripIndent());
    }

    @Test
    void serversOfOneDatabaseHaveToBeAlike() {
        // given
        var manifest = MANIFEST.replace("port: 5433}", "port: 5433, role: Replica, tls: {mode: Require}}")
                .replace("serverRefs: [main]", "serverRefs: [main, reports]");

        // when
        var read = Manifest.readAll(manifest).getFirst();

        // then
        assertThat(read)
                .isInstanceOfSatisfying(
                        Manifest.Read.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly(
                                        "spec.databases[shop].serverRefs: servers of one database must have the same"
                                                + " role",
                                        "spec.databases[shop].serverRefs: servers of one database must have the same"
                                                + " tls"));
    }

    @Test
    void pausedDatabasesAndMemoryAreWritten() {
        // given
        var some = MANIFEST + "  pause: {databases: [reports]}\n  limits: {maxMemory: 64Mi}\n";

        // when
        var text = render(some).text();

        // then
        assertThat(text).containsOnlyOnce("paused: true").contains("max_memory_usage: 67108864");
        assertThat(text.indexOf("paused: true")).isGreaterThan(text.indexOf("  reports:"));
        assertThat(render(MANIFEST + "  pause: {all: true}\n").text().split("paused: true"))
                .hasSize(3);
    }

    @Test
    void extraKeysAreLaidOverLast() {
        // given
        var manifest = MANIFEST + """
              extraConfig:
                general: {server_lifetime: 9m, server_round_robin: true}
                pools: {shop: {pin_on: [listen]}}
            """;

        // when
        var text = render(manifest).text();

        // then
        assertThat(text)
                .contains("server_lifetime: \"9m\"")
                .contains("server_round_robin: true")
                .contains("pin_on:\n    - \"listen\"");
    }

    @Test
    void extraKeysThatAreOursOrNeedANewProcessAreRefused() {
        // given
        var manifest = MANIFEST + """
              extraConfig:
                web: {enabled: false}
                general: {port: 1, pg_hba: x, tls_private_key: /x, no_such_key: 1}
                pools: {shop: {reserve_pool_size: 5, server_tls_mode: disable}, other: {}}
            """;

        // when
        var read = Manifest.readAll(manifest).getFirst();

        // then
        assertThat(read)
                .isInstanceOfSatisfying(
                        Manifest.Read.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly(
                                        "spec.extraConfig.web: is not to be set here, expected general or pools",
                                        "spec.extraConfig.general.port: is not to be set here: a running pooler cannot"
                                                + " take it",
                                        "spec.extraConfig.general.pg_hba: is the operator's own: the spec has a field"
                                                + " for it",
                                        "spec.extraConfig.general.tls_private_key: is the operator's own: the spec has"
                                                + " a field for it",
                                        "spec.extraConfig.general.no_such_key: is no key of the pooler's configuration",
                                        "spec.extraConfig.pools.shop.reserve_pool_size: is the operator's own: the"
                                                + " spec has a field for it",
                                        "spec.extraConfig.pools.shop.server_tls_mode: is the operator's own: the spec"
                                                + " has a field for it",
                                        "spec.extraConfig.pools.other: is none of databases[]"));
    }

    @Test
    void extraKeysWithWrongValuesAreRefusedInThePoolersWords() {
        // given
        var manifest = MANIFEST + "  extraConfig: {general: {server_lifetime: soon}}\n";

        // when
        var rendered = Renderer.render(spec(manifest), SECRETS, POD);

        // then
        assertThat(rendered)
                .isInstanceOfSatisfying(
                        Rendered.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .singleElement()
                                .asString()
                                .startsWith("pgdoorman.yaml general.server_lifetime:"));
    }
}
