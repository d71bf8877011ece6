package io.pgdoorman.pooler.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.KeyServer;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.Signer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys behind a URL: real HTTPS, a clock by hand.
class UrlKeysIT {
    private static final UrlKeys.Timing TIMING =
            new UrlKeys.Timing(Duration.ofMinutes(15), Duration.ofSeconds(10), Duration.ofDays(1));

    @TempDir
    Path folder;

    private final Papers authority = Papers.authority("CN=authority of the issuer");
    private final Signer first = Signer.of("first", "RS256");
    private final Signer second = Signer.of("second", "ES256");
    private final AtomicLong now = new AtomicLong();
    private KeyServer server;
    private UrlKeys keys;

    @BeforeEach
    void startServer() throws IOException {
        authority.write(folder, "ca");
        server = KeyServer.https(authority.issues(Claims.of("CN=issuer", "127.0.0.1")));
        server.answers(200, Signer.jwks(first));
        keys = new UrlKeys(
                new UrlKeys.Place(URI.create(server.url()), folder.resolve("ca.crt"), null), TIMING, now::get);
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private KeySet keysFor(String id) {
        return keys.keysFor(id).toCompletableFuture().join();
    }

    private void passes(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void manyWhoAskAtOnceShareOneFetchWhichIsRemembered() {
        // when
        var asked = IntStream.range(0, 50)
                .mapToObj(_ -> keys.keysFor("first").toCompletableFuture())
                .toList();

        // then
        assertThat(asked)
                .allSatisfy(one -> assertThat(one.join().knows("first")).isTrue());
        passes(Duration.ofMinutes(14));
        assertThat(keysFor("first").knows("first")).isTrue();
        assertThat(server.requests()).isEqualTo(1);
    }

    @Test
    void rotatedKeyIsFetchedAtOnceButInventedOnesDoNotHammer() {
        // given
        keysFor("first");
        server.answers(200, Signer.jwks(first, second));

        // when
        passes(Duration.ofSeconds(11));
        var rotated = keysFor("second");
        for (int i = 0; i < 100; i++) {
            assertThat(keysFor("invented" + i).knows("invented" + i)).isFalse();
        }

        // then
        assertThat(rotated.knows("second")).isTrue();
        assertThat(server.requests()).isEqualTo(2);
        passes(Duration.ofSeconds(11));
        keysFor("invented");
        assertThat(server.requests()).isEqualTo(3);
    }

    @Test
    void withdrawnKeyIsForgottenAfterTheNextRefresh() {
        // given
        keysFor("first");
        server.answers(200, Signer.jwks(second));

        // when
        passes(Duration.ofMinutes(16));
        var stale = keysFor("first");

        // then
        assertThat(stale.knows("first"))
                .as("the login that finds them old does not wait")
                .isTrue();
        Eventually.isTrue("refreshed", () -> !keysFor("").knows("first"));
        assertThat(keysFor("second").knows("second")).isTrue();
    }

    @Test
    void lastGoodKeysServeForADayWhileTheServerIsBroken() {
        // given
        keysFor("first");
        server.answers(500, "");

        // when
        passes(Duration.ofHours(20));
        var during = keysFor("first");
        Eventually.isTrue("asked again", () -> server.requests() == 2);
        passes(Duration.ofHours(5));

        // then
        assertThat(during.knows("first")).isTrue();
        assertThat(keys.status().keys()).isEqualTo(1);
        Eventually.isTrue(
                "fault is told", () -> String.valueOf(keys.status().fault()).contains("answers 500"));
        assertThatThrownBy(() -> keysFor("first")).hasMessageContaining("answers 500");
        server.answers(200, Signer.jwks(second));
        passes(Duration.ofSeconds(11));
        assertThat(keysFor("second").knows("second")).isTrue();
        assertThat(keys.status()).isEqualTo(new UrlKeys.Status(1, null));
    }

    @Test
    void whatIsTooLongRedirectsOrIsNoKeySetIsRefused() {
        for (var answer : List.of("x".repeat(KeyText.MAX_BYTES + 1), "{\"keys\":[]}", "<html>", "")) {
            // given
            server.answers(200, answer);
            passes(Duration.ofSeconds(11));

            // when then
            assertThatThrownBy(() -> keysFor("first"))
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(TokenKeyException.class);
        }
        server.answers(302, "");
        passes(Duration.ofSeconds(11));
        assertThatThrownBy(() -> keysFor("first")).hasMessageContaining("answers 302");
        assertThat(server.requests()).isEqualTo(5);
    }

    @Test
    void serverWithAnotherCertificateOrNameIsNotBelieved() throws IOException {
        // given
        Papers.authority("CN=another authority").write(folder, "other");
        try (var elsewhere = KeyServer.https(authority.issues(Claims.of("CN=issuer", "idp.example.com")))) {
            var strange = new UrlKeys(
                    new UrlKeys.Place(URI.create(server.url()), folder.resolve("other.crt"), null), TIMING, now::get);
            var misnamed = new UrlKeys(
                    new UrlKeys.Place(URI.create(elsewhere.url()), folder.resolve("ca.crt"), null), TIMING, now::get);

            // when then
            for (var one : List.of(strange, misnamed)) {
                assertThat(one.keysFor("").toCompletableFuture())
                        .failsWithin(30, TimeUnit.SECONDS)
                        .withThrowableThat()
                        .withMessageContaining("does not answer");
            }
            assertThat(server.requests() + elsewhere.requests()).isZero();
        }
    }

    @Test
    void serverThatSaysNothingIsLeftInTime() throws IOException {
        // given: the system accepts for it, and nobody speaks TLS
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var url = URI.create("https://127.0.0.1:" + silent.getLocalPort() + "/jwks");
            var waits = new UrlKeys(new UrlKeys.Place(url, folder.resolve("ca.crt"), null), TIMING, now::get);

            // when then
            assertThat(waits.keysFor("").toCompletableFuture())
                    .failsWithin(30, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withMessageContaining("does not answer");
        }
    }

    @Test
    void bearerTokenIsReadAnewForEachFetchAndNeverShown() throws IOException {
        // given
        var file = Files.writeString(folder.resolve("token"), "first-token\n");
        server.demands("second-token");
        keys = new UrlKeys(
                new UrlKeys.Place(URI.create(server.url()), folder.resolve("ca.crt"), file), TIMING, now::get);

        // when then
        assertThatThrownBy(() -> keysFor("")).hasMessageContaining("answers 401");
        Files.writeString(file, "second-token\n");
        passes(Duration.ofSeconds(11));
        assertThat(keysFor("first").knows("first")).isTrue();
        Files.writeString(file, "secret\nhidden");
        passes(Duration.ofDays(2));
        assertThatThrownBy(() -> keysFor("first"))
                .hasMessageContaining("characters that a header may not")
                .hasMessageNotContaining("hidden");
    }
}
