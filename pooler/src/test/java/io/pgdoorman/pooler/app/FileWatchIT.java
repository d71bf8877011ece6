package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.Papers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With `watch_files` changed files are live without a signal; without it, and when they are faulty, nothing changes.
class FileWatchIT {

    @TempDir
    private Path folder;

    private static String config(boolean watches, int maxConnections) {
        return """
            general:
              host: 127.0.0.1
              port: 0
              admin_password: {file: %%s/secret}
              max_connections: %d
              watch_files: %b
            web: {enabled: true, host: 127.0.0.1, port: 0}
            include: {files: [more.yaml]}
            """.formatted(maxConnections, watches);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text.formatted(folder));
    }

    private Path start(boolean watches) throws IOException {
        write("secret", "first");
        write("more.yaml", "pools: {shop: {server_host: 127.0.0.1}}\n");
        return write("pooler.yaml", config(watches, 100));
    }

    private static int maxConnections(Pooler pooler) {
        return pooler.reloader().live().config().general().listen().maxConnections();
    }

    @Test
    void writesRenamesIncludesAndSecretsAreLiveSoon() throws Exception {
        // given
        try (var pooler = Pooler.start(start(true))) {
            // when
            write("pooler.yaml", config(true, 101));

            // then
            Eventually.isTrue("a write in place", () -> maxConnections(pooler) == 101);

            // when
            Files.move(
                    write("next.yaml", config(true, 102)),
                    folder.resolve("pooler.yaml"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);

            // then
            Eventually.isTrue("a rename", () -> maxConnections(pooler) == 102);

            // when
            write("more.yaml", "pools: {shop: {server_host: 127.0.0.1}, depot: {server_host: 127.0.0.1}}\n");

            // then
            Eventually.isTrue(
                    "an included file",
                    () -> pooler.reloader().live().config().pools().containsKey("depot"));

            // when
            write("secret", "second");

            // then
            Eventually.isTrue(
                    "a secret", () -> pooler.reloader().live().adminPassword().equals("second"));
        }
    }

    @Test
    void theSwapOfAKubernetesLinkIsLiveSoon() throws Exception {
        // given
        write("secret", "first");
        for (int version = 1; version <= 2; version++) {
            Files.createDirectory(folder.resolve("..v" + version));
            write("..v" + version + "/more.yaml", "pools: {shop: {server_host: 127.0.0.1}}\n");
            write("..v" + version + "/pooler.yaml", config(true, 100 + version));
        }
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..v1"));
        Files.createSymbolicLink(folder.resolve("more.yaml"), Path.of("..data/more.yaml"));
        var file = Files.createSymbolicLink(folder.resolve("pooler.yaml"), Path.of("..data/pooler.yaml"));
        try (var pooler = Pooler.start(file)) {
            assertThat(maxConnections(pooler)).isEqualTo(101);

            // when
            Files.move(
                    Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..v2")),
                    folder.resolve("..data"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);

            // then
            Eventually.isTrue("the second version", () -> maxConnections(pooler) == 102);
        }
    }

    @Test
    void aFaultyFileChangesNothingAndIsTold() throws Exception {
        // given
        try (var heard = HeardLog.of("io.pgdoorman.pooler.reload.Reloader", Level.ERROR);
                var pooler = Pooler.start(start(true))) {
            // when
            write("pooler.yaml", config(true, -1));

            // then
            Eventually.isTrue("a refusal", () -> pooler.reloader().refused() != null);
            assertThat(maxConnections(pooler)).isEqualTo(100);
            Eventually.isTrue(
                    "a line in the log",
                    () -> heard.lines().stream()
                            .anyMatch(line -> line.contains("the old one stays live")
                                    && line.contains("general.max_connections")));
            Eventually.isTrue(
                    "a metric", () -> metrics(pooler).contains("pg_doorman_reload_total{result=\"rejected\"} 1.0"));
            assertThat(metrics(pooler)).contains("pg_doorman_config_rejected 1.0");

            // when
            write("pooler.yaml", config(true, 103));

            // then
            Eventually.isTrue("a good file again", () -> maxConnections(pooler) == 103);
            assertThat(pooler.reloader().refused()).isNull();
        }
    }

    @Test
    void withoutTheSettingOnlyAReloadLoads() throws Exception {
        // given
        try (var pooler = Pooler.start(start(false))) {
            write("pooler.yaml", config(false, 101));
            var follower = new FileFollower(pooler.reloader(), () -> {
                throw new AssertionError("loaded");
            });

            // when
            follower.look();
            follower.look();
            follower.look();

            // then
            assertThat(maxConnections(pooler)).isEqualTo(100);
            pooler.reload(null, null);
            assertThat(maxConnections(pooler)).isEqualTo(101);
        }
    }

    @Test
    void thePortOfMetricsSpeaksTlsAndFollowsItsCertificate() throws Exception {
        // given
        var authority = Papers.authority("CN=authority");
        var papers = authority.issues(Papers.Claims.of("CN=first", "localhost"));
        papers.write(folder, "tls");
        var file = write("pooler.yaml", """
            general: {host: 127.0.0.1, port: 0, admin_password: secret}
            web:
              enabled: true
              host: 127.0.0.1
              port: 0
              tls_certificate: tls.crt
              tls_private_key: tls.key
              metrics_token: t0ken
            """);
        try (var pooler = Pooler.start(file);
                var client =
                        HttpClient.newBuilder().sslContext(trusting(authority)).build()) {
            var uri = URI.create("https://localhost:" + pooler.webPort() + "/metrics");
            var request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer t0ken");

            // when
            var page = client.send(request.build(), BodyHandlers.ofString());
            var refused = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());

            // then
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body()).contains("role=\"web\"").contains("CN=first");
            assertThat(refused.statusCode()).isEqualTo(401);

            // when
            authority.issues(Papers.Claims.of("CN=second", "localhost")).write(folder, "tls");

            // then
            Eventually.isTrue(
                    "the second certificate",
                    () -> client.send(request.build(), BodyHandlers.ofString())
                            .body()
                            .contains("CN=second"));
        }
    }

    private static String metrics(Pooler pooler) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var uri = URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics");
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        }
    }

    private static SSLContext trusting(Papers authority) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("authority", authority.certificate());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return Objects.requireNonNull(context);
    }
}
