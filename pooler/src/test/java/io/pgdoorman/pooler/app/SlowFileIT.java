package io.pgdoorman.pooler.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.reload.ReloadOutcome;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A reload that waits for a file, as of a network that hangs.
class SlowFileIT {
    @TempDir
    private Path folder;

    @Test
    @Timeout(60)
    void reloadThatWaitsForAFileKeepsNoProbeWaiting() throws Exception {
        // given
        var secret = Files.writeString(folder.resolve("secret"), Door.Role.APP.password());
        var file = Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              host: 127.0.0.1
              port: 0
              admin_username: admin
              admin_password: secret
            web: {enabled: true, host: 127.0.0.1, port: 0}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: {file: %s}, pool_size: 2}
            """.formatted(
                        Door.DATABASE, EmbeddedPg.shared().door().port(), secret));
        try (var pooler = Pooler.start(file);
                var http = HttpClient.newHttpClient()) {
            Files.delete(secret);
            assertThat(new ProcessBuilder("mkfifo", secret.toString()).start().waitFor())
                    .isZero();
            var reloading = CompletableFuture.supplyAsync(() -> pooler.reload(null, null));
            try (var writer = Files.newOutputStream(secret)) { // open as soon as the reload reads it

                // when
                var scrape = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics"))
                        .timeout(Duration.ofSeconds(10))
                        .build();
                int status = http.send(scrape, BodyHandlers.discarding()).statusCode();

                // then
                assertThat(status).isEqualTo(200);
                assertThat(reloading).isNotDone();
                writer.write(Door.Role.APP.password().getBytes(UTF_8));
            }
            assertThat(reloading.get(30, TimeUnit.SECONDS)).isInstanceOf(ReloadOutcome.Unchanged.class);
        }
    }
}
