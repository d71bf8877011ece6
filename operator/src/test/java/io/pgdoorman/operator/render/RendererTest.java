package io.pgdoorman.operator.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
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
    private static final Map<String, UserSecret> SECRETS =
            Map.of("app", new UserSecret("12345", "s3cret\n"), "old", new UserSecret("77", MD5));
    private static final Place POD = Place.pod("prod");

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
        var newer = Map.of("app", new UserSecret("12346", "s3cret"), "old", new UserSecret("77", MD5));

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
        var rendered = Renderer.render(spec, Map.of("app", new UserSecret("1", "x")), POD);

        // then
        assertThat(rendered)
                .isInstanceOfSatisfying(
                        Rendered.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly("spec.auth.users[old].secretRef: is not resolved"));
    }

    @Test
    void secretsNeverShow() {
        // given
        var secret = new UserSecret("1", "s3cret");

        // when
        var shown = secret.toString() + render(MANIFEST);

        // then
        assertThat(shown).doesNotContain("s3cret");
    }
}
