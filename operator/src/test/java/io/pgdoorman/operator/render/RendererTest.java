package io.pgdoorman.operator.render;

import static io.pgdoorman.operator.render.RenderStage.APP;
import static io.pgdoorman.operator.render.RenderStage.MANIFEST;
import static io.pgdoorman.operator.render.RenderStage.MD5;
import static io.pgdoorman.operator.render.RenderStage.OLD;
import static io.pgdoorman.operator.render.RenderStage.POD;
import static io.pgdoorman.operator.render.RenderStage.SECRETS;
import static io.pgdoorman.operator.render.RenderStage.render;
import static io.pgdoorman.operator.render.RenderStage.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RendererTest {
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
}
