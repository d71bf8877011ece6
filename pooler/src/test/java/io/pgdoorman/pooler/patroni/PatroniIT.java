package io.pgdoorman.pooler.patroni;

import static io.pgdoorman.pooler.script.PatroniApi.cluster;
import static io.pgdoorman.pooler.script.PatroniApi.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PatroniApi;
import io.pgdoorman.pooler.stats.FallbackStats;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An API that answers, is broken or hostile.
class PatroniIT {
    private static final Duration LIMIT = Duration.ofMillis(500);

    private final AtomicLong nanos = new AtomicLong();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Patroni patroni = new Patroni(nanos::get, threads);
    private final FallbackStats stats = new FallbackStats("shop");
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void stops() {
        end.countDown();
        threads.shutdownNow();
    }

    private CompletableFuture<Cluster> ask(PatroniApi... apis) {
        return ask(null, apis);
    }

    private CompletableFuture<Cluster> ask(@Nullable Path authorities, PatroniApi... apis) {
        var urls = List.of(apis).stream().map(PatroniApi::url).toList();
        return patroni.ask(new FallbackSettings.Apis(urls, authorities), LIMIT, stats);
    }

    private static List<String> names(CompletableFuture<Cluster> answer) throws Exception {
        return answer.get(10, TimeUnit.SECONDS).members().stream()
                .map(Member::name)
                .toList();
    }

    private static String reason(CompletableFuture<Cluster> answer) {
        return answer.handle((_, failure) -> Patroni.reason(failure))
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    /// Holds the answer back until the test is over.
    private void hangs(PatroniApi api) {
        api.does(_ -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Test
    void asksForTheClusterBelowTheUrl() throws Exception {
        // given
        try (var api = PatroniApi.of(member("pg1", "leader", 5432))) {
            // when
            var slash = new FallbackSettings.Apis(List.of(URI.create(api.url() + "/")), null);
            var answer = patroni.ask(slash, LIMIT, stats);

            // then
            assertThat(names(answer)).containsExactly("pg1");
            assertThat(api.asked()).containsExactly("GET /cluster HTTP/1.1");
            assertThat(stats.snapshot().requests().made()).isOne();
            assertThat(stats.snapshot().requests().durations().count()).isOne();
            assertThat(stats.snapshot().requests().failed()).isZero();
        }
    }

    @Test
    void theFirstGoodAnswerCounts() throws Exception {
        // given
        try (var hangs = new PatroniApi();
                var fails = new PatroniApi();
                var good = PatroniApi.of(member("pg1", "leader", 5432))) {
            hangs(hangs);
            fails.answers(503, "{}");

            // when
            var answer = ask(hangs, fails, good);

            // then
            assertThat(names(answer)).containsExactly("pg1");
            assertThat(stats.snapshot().requests().made()).isEqualTo(3);
        }
    }

    @Test
    void aThousandQuestionsOfOneSecondAreOne() throws Exception {
        // given
        try (var api = PatroniApi.of(member("pg1", "leader", 5432))) {
            // when
            for (int i = 0; i < 1000; i++) {
                assertThat(names(ask(api))).containsExactly("pg1");
            }
            nanos.addAndGet(1_000_000_000L);
            api.knows(member("pg2", "leader", 5432));

            // then
            assertThat(names(ask(api))).containsExactly("pg2");
            assertThat(api.asked()).hasSize(2);
        }
    }

    @Test
    void whatFailedIsAskedAgainAfterThatSecond() throws Exception {
        // given
        try (var api = new PatroniApi()) {
            api.answers(500, "");
            assertThat(reason(ask(api))).isEqualTo(api.url() + "/cluster answers 500: expected 200");
            api.knows(member("pg1", "leader", 5432));
            assertThat(reason(ask(api))).contains("500");

            // when
            nanos.addAndGet(1_000_000_000L);

            // then
            assertThat(names(ask(api))).containsExactly("pg1");
        }
    }

    @Test
    void allFailuresAreNamed() {
        // given
        var closed = new PatroniApi();
        closed.close();
        try (var hangs = new PatroniApi();
                var hangsUp = new PatroniApi()) {
            hangs(hangs);

            // when
            var reason = reason(ask(closed, hangs, hangsUp));

            // then
            assertThat(reason)
                    .contains(closed.url() + "/cluster cannot be reached")
                    .contains(hangs.url() + "/cluster does not answer within 500 ms")
                    .contains(hangsUp.url() + "/cluster does not answer: ");
            assertThat(stats.snapshot().requests().failed()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 302 Found~Location: /other~Content-Length: 0~~ | answers 302: expected 200",
                "HTTP/1.1 200 OK~Content-Length: 3~~{]x | its answer is not JSON",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~ | does not answer",
                "HTTP/1.1 200 OK~Content-Length: 100~~{ | does not answer",
                "SSH-2.0-OpenSSH~ | does not answer"
            })
    void nonsenseIsRefused(String said, String reason) {
        // given
        try (var api = new PatroniApi()) {
            api.says(said.replace("~", "\r\n"));

            // when
            var answer = ask(api);

            // then
            assertThat(reason(answer)).startsWith(api.url().toString()).contains(reason);
            assertThat(api.asked()).hasSize(1);
        }
    }

    @Test
    void chunkedAnswersAreAnswers() throws Exception {
        // given
        var body = cluster(member("pg1", "leader", 5432));
        try (var api = new PatroniApi()) {
            api.says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length())
                    + "\r\n" + body + "\r\n0\r\n\r\n");

            // then
            assertThat(names(ask(api))).containsExactly("pg1");
        }
    }

    @Test
    void anAnswerWithoutEndIsCutOff() {
        // given
        try (var api = new PatroniApi()) {
            api.does(out -> {
                out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                while (true) {
                    out.write(new byte[64 * 1024]); // until the other side has had enough
                }
            });

            // then
            assertThat(reason(ask(api))).contains("does not answer");
        }
    }

    @Test
    void anAnswerThatDripsIsGivenUp() {
        // given
        try (var api = new PatroniApi()) {
            api.does(out -> {
                out.write("HTTP/1.1 200 OK\r\n\r\n{".getBytes(StandardCharsets.UTF_8));
                out.flush();
                try {
                    while (!end.await(50, TimeUnit.MILLISECONDS)) {
                        out.write(' ');
                        out.flush();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });

            // when
            long began = System.nanoTime();
            var reason = reason(ask(api));

            // then
            assertThat(reason).isEqualTo(api.url() + "/cluster does not answer within 500 ms");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        }
    }

    // ---- behind TLS

    @Test
    void anAuthorityOfItsOwnIsBelieved(@TempDir Path folder) throws Exception {
        // given
        var authority = Papers.authority("CN=patroni authority");
        authority.write(folder, "ca");
        try (var api = PatroniApi.of(member("pg1", "leader", 5432))) {
            api.shows(authority.issues(Claims.of("CN=pg1", "127.0.0.1")));

            // then
            assertThat(names(ask(folder.resolve("ca.crt"), api))).containsExactly("pg1");
        }
    }

    @Test
    void whoHasAnotherNameOrAuthorityIsNotBelieved(@TempDir Path folder) {
        // given
        var authority = Papers.authority("CN=patroni authority");
        authority.write(folder, "ca");
        Papers.authority("CN=another").write(folder, "other");
        try (var misnamed = PatroniApi.of(member("pg1", "leader", 5432));
                var named = PatroniApi.of(member("pg2", "leader", 5432))) {
            misnamed.shows(authority.issues(Claims.of("CN=pg1", "pg1.example")));
            named.shows(authority.issues(Claims.of("CN=pg2", "127.0.0.1")));

            // then
            assertThat(reason(ask(folder.resolve("ca.crt"), misnamed)))
                    .startsWith(misnamed.url() + "/cluster is not believed: ")
                    .contains("127.0.0.1");
            assertThat(reason(ask(folder.resolve("other.crt"), named)))
                    .startsWith(named.url() + "/cluster is not believed: ")
                    .contains("certification path");
            assertThat(reason(ask(named))).startsWith(named.url() + "/cluster is not believed: ");
            assertThat(misnamed.asked()).isEmpty();
            assertThat(named.asked()).isEmpty();
        }
    }

    @Test
    void anAuthorityThatIsReplacedCountsFromTheNextQuestion(@TempDir Path folder) throws Exception {
        // given
        var authority = Papers.authority("CN=new authority");
        Papers.authority("CN=old authority").write(folder, "ca");
        try (var api = PatroniApi.of(member("pg1", "leader", 5432))) {
            api.shows(authority.issues(Claims.of("CN=pg1", "127.0.0.1")));
            assertThat(reason(ask(folder.resolve("ca.crt"), api))).contains("is not believed");

            // when
            authority.write(folder, "ca");
            nanos.addAndGet(1_000_000_000L);

            // then
            assertThat(names(ask(folder.resolve("ca.crt"), api))).containsExactly("pg1");
            Files.delete(folder.resolve("ca.crt"));
            nanos.addAndGet(1_000_000_000L);
            assertThat(reason(ask(folder.resolve("ca.crt"), api)))
                    .startsWith("Patroni cannot be asked: ")
                    .contains("ca.crt");
        }
    }

    @Test
    void failsWithItsOwnExceptionOnly() {
        // given
        var closed = new PatroniApi();
        closed.close();

        // then
        assertThatThrownBy(() -> ask(closed).get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(PatroniException.class);
    }
}
