package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.stats.ProcessStats;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlServerIT extends ControlServerStage {
    @Test
    void servesMetricsThatParse() throws Exception {
        // when
        var response = get("/metrics");

        // then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(PrometheusText.parse(response.body()).value("pg_doorman_pool_size{database=\"db\",user=\"alice\"}"))
                .isEqualTo(40);
    }

    @Test
    void doesCommandsOfTheConsole() throws Exception {
        // given
        actions.consoleReply = new ConsoleReply.Table(
                List.of(new ConsoleReply.Column("database", false), new ConsoleReply.Column("clients", true)),
                List.of(Arrays.asList("shop", null)));

        // when
        var shown = post("/api/admin/console", LOGIN, "show pools");
        actions.consoleReply = new ConsoleReply.Failed("unknown command");
        var refused = post("/api/admin/console", LOGIN, "shw");
        var stranger = post("/api/admin/console", basic("admin", "wrong"), "show pools");

        // then
        assertThat(actions.calls).containsExactly("console show pools", "console shw");
        assertThat(shown.body())
                .isEqualTo(
                        "{\"columns\":[{\"name\":\"database\",\"number\":false},{\"name\":\"clients\",\"number\":true}],"
                            + "\"rows\":[[\"shop\",null]]}");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).isEqualTo("{\"error\":\"unknown command\"}");
        assertThat(stranger.statusCode()).isEqualTo(401);
    }

    @Test
    void answersProbesWithTheirReasons() throws Exception {
        // given
        actions.objections.put(Probe.READY, List.of("draining"));

        // when
        var ready = get("/readyz");

        // then
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).isEqualTo("{\"status\":\"unavailable\",\"reasons\":[\"draining\"]}");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(get("/startupz").statusCode()).isEqualTo(200);
    }

    @Test
    void answersProbesAndOrdersWhileMetricsAreCollected() throws Exception {
        // given
        var begun = new CompletableFuture<Void>();
        var collected = new CompletableFuture<Void>();
        snapshots.setLooking(() -> {
            begun.complete(null);
            collected.join();
        });
        var one = scrape();
        var another = scrape();
        begun.get(10, TimeUnit.SECONDS);

        // when
        var alive = get("/healthz");
        var drain = post("/api/admin/drain", LOGIN, "");

        // then
        assertThat(alive.statusCode()).isEqualTo(200);
        assertThat(drain.statusCode()).isEqualTo(202);
        assertThat(one).isNotDone();
        collected.complete(null);
        assertThat(one.get(10, TimeUnit.SECONDS).body()).contains("pg_doorman_pool_size");
        assertThat(another.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void revokesUsersForTheAdministratorOnly() throws Exception {
        // given
        var users = "{\"users\":[\"app\"]}";

        // when
        var stranger = send(request("/api/admin/revoke").POST(HttpRequest.BodyPublishers.ofString(users)));
        var order = post("/api/admin/revoke", LOGIN, users);
        var other = post("/api/admin/revoke", LOGIN, "{}");

        // then
        assertThat(stranger.statusCode()).isEqualTo(401);
        assertThat(order.statusCode()).isEqualTo(200);
        assertThat(other.statusCode()).isEqualTo(400);
        assertThat(actions.calls).containsExactly("revoke [app]");
    }

    @Test
    void letsInOrHoldsForTheAdministratorOnly() throws Exception {
        // when
        var stranger = send(request("/api/admin/grant").POST(HttpRequest.BodyPublishers.noBody()));
        var grant = post("/api/admin/grant", LOGIN, "{\"hash\":\"abc\"}");
        var other = post("/api/admin/grant", LOGIN, "{\"hash\":\"other\"}");
        var hold = post("/api/admin/hold", LOGIN, "");

        // then
        assertThat(stranger.statusCode()).isEqualTo(401);
        assertThat(grant.statusCode()).isEqualTo(200);
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(hold.statusCode()).as("of one that has its share").isEqualTo(409);
        assertThat(actions.calls).containsExactly("grant abc", "grant other", "hold");
    }

    @Test
    void allowsDatabasesOtherNumbersOfServersForTheAdministratorOnly() throws Exception {
        // given
        var body = "{\"hash\":\"abc\",\"databases\":{\"shop\":9,\"log\":3}}";

        // when
        var stranger = send(request("/api/admin/allow").POST(HttpRequest.BodyPublishers.ofString(body)));
        var order = post("/api/admin/allow", LOGIN, body);
        var back = post("/api/admin/allow", LOGIN, "{\"hash\":\"abc\"}");
        var other = post("/api/admin/allow", LOGIN, "{\"hash\":\"other\"}");
        var full = post("/api/admin/allow", LOGIN, "{\"hash\":\"full\"}");

        // then
        assertThat(stranger.statusCode()).isEqualTo(401);
        assertThat(order.statusCode()).isEqualTo(200);
        assertThat(order.body()).isEqualTo("{\"connections\":12}");
        assertThat(back.statusCode()).isEqualTo(200);
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(full.statusCode()).isEqualTo(507);
        assertThat(actions.calls)
                .containsExactly("allow abc {log=3, shop=9}", "allow abc ", "allow other ", "allow full ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "{\"databases\":{\"shop\":1}}",
                "{\"hash\":1}",
                "{\"hash\":\"abc\",\"databases\":[1]}",
                "{\"hash\":\"abc\",\"databases\":{\"shop\":0}}",
                "{\"hash\":\"abc\",\"databases\":{\"shop\":1000001}}",
                "{\"hash\":\"abc\",\"databases\":{\"shop\":99999999999}}",
                "{\"hash\":\"abc\",\"databases\":{\"shop\":1.5}}",
                "{\"hash\":\"abc\",\"databases\":{\"shop\":{}}}",
                "{\"hash\":\"abc\",\"more\":1}",
                "{\"hash\":\"abc\"}{}"
            })
    void whatSaysNoNumbersIsRefused(String body) throws Exception {
        // when
        var order = post("/api/admin/allow", LOGIN, body);

        // then
        assertThat(order.statusCode()).isEqualTo(400);
        assertThat(actions.calls).isEmpty();
    }

    private CompletableFuture<HttpResponse<String>> scrape() {
        var request = request("/metrics").timeout(Duration.ofSeconds(20)).build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    @Test
    void reloadsWithWhatTheCallerExpects() throws Exception {
        // when
        var response = post("/api/admin/reload", LOGIN, "{\"hash\":\"abc\",\"generation\":7}");

        // then
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"result\":\"applied\",\"hash\":\"abc\",\"generation\":7}");
        assertThat(actions.reloads).containsExactly(new ReloadRequest("abc", 7L));
    }

    @Test
    void givesEachReloadAnswerItsStatus() throws Exception {
        assertThat(statusOf(new ReloadAnswer.Unchanged("abc", 7L))).isEqualTo(200);
        assertThat(statusOf(new ReloadAnswer.Stale("old", "abc", 7L))).isEqualTo(409);
        assertThat(statusOf(new ReloadAnswer.Fenced(9))).isEqualTo(412);
        assertThat(statusOf(new ReloadAnswer.Rejected("abc", new RejectedConfig(null, List.of()))))
                .isEqualTo(422);
    }

    private int statusOf(ReloadAnswer answer) throws Exception {
        actions.nextAnswer = CompletableFuture.completedFuture(answer);
        return post("/api/admin/reload", LOGIN, "").statusCode();
    }

    @Test
    void survivesAnActionThatFails() throws Exception {
        // given
        actions.nextAnswer = CompletableFuture.failedFuture(new IllegalStateException("bug"));

        // when
        var response = post("/api/admin/reload", LOGIN, "");

        // then
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).doesNotContain("bug");
        assertThat(post("/api/admin/pause?db=bug", LOGIN, "").statusCode()).isEqualTo(500);
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void drainsPausesResumesAndTellsItsState() throws Exception {
        // when
        var drain = post("/api/admin/drain", LOGIN, "");
        var pause = post("/api/admin/pause?db=some%20db", LOGIN, "");
        var unknown = post("/api/admin/pause?db=nowhere", LOGIN, "");
        var resume = post("/api/admin/resume", LOGIN, "");
        var state = send(request("/api/admin/state").header("Authorization", LOGIN));

        // then
        assertThat(drain.statusCode()).isEqualTo(202);
        assertThat(drain.body()).isEqualTo("{\"state\":\"draining\"}");
        assertThat(pause.body()).isEqualTo("{\"pools\":2}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(resume.statusCode()).isEqualTo(200);
        assertThat(state.body()).startsWith("{\"version\":\"0.1.0\",\"state\":\"ready\",\"loadedHash\":\"abc\"");
        assertThat(actions.calls).containsExactly("drain", "pause some db", "pause nowhere", "resume null");
    }

    @Test
    void refusesOrdersOfALeaderWhomAnotherHasFollowed() throws Exception {
        // given
        var first = led(3, "/api/admin/reload").statusCode();
        send(request("/api/admin/state").header("Authorization", LOGIN).header("Doorman-Leader-Epoch", "4"));

        // when
        var older = led(3, "/api/admin/reload");
        var drain = led(3, "/api/admin/drain").statusCode();

        // then
        assertThat(first).isEqualTo(200);
        assertThat(older.statusCode()).isEqualTo(412);
        assertThat(older.body()).isEqualTo("{\"result\":\"fenced\",\"leaderEpoch\":4}");
        assertThat(drain).isEqualTo(412);
        assertThat(led(4, "/api/admin/reload").statusCode()).isEqualTo(200);
        assertThat(post("/api/admin/reload", LOGIN, "").statusCode()).isEqualTo(200);
        assertThat(actions.reloads).hasSize(3);
        assertThat(actions.calls).isEmpty();
    }

    @Test
    void aLeaderWithoutANumberIsRefused() throws Exception {
        // when
        var answer = send(
                request("/api/admin/state").header("Authorization", LOGIN).header("Doorman-Leader-Epoch", "first"));

        // then
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("Doorman-Leader-Epoch: expected a whole number");
    }

    private HttpResponse<String> led(long epoch, String path) throws IOException, InterruptedException {
        return send(request(path)
                .POST(BodyPublishers.noBody())
                .header("Authorization", LOGIN)
                .header("Doorman-Leader-Epoch", Long.toString(epoch)));
    }

    @Test
    void refusesWrongPathsAndMethods() throws Exception {
        // when
        var method = send(request("/metrics").POST(BodyPublishers.noBody()));
        var put = send(request("/api/admin/drain").PUT(BodyPublishers.noBody()));

        // then
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/metrics/../api/admin/state").statusCode()).isEqualTo(404);
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("allow")).contains("GET, HEAD");
        assertThat(put.statusCode()).isEqualTo(405);
        assertThat(put.headers().firstValue("allow")).contains("POST");
        assertThat(send(request("/healthz").HEAD()).statusCode()).isEqualTo(200);
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws Exception {
        // given
        var late = new CompletableFuture<ReloadAnswer>();
        actions.nextAnswer = late;

        // when
        try (var socket = connect()) {
            socket.getOutputStream()
                    .write(("POST /api/admin/reload HTTP/1.1\r\nHost: x\r\nAuthorization: " + LOGIN
                                    + "\r\nContent-Length: 0\r\n\r\n"
                                    + "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                            .getBytes(UTF_8));
            assertThat(get("/healthz").statusCode()).isEqualTo(200);
            late.complete(new ReloadAnswer.Applied("abc", 1L));
            var all = new String(socket.getInputStream().readAllBytes(), UTF_8);

            // then
            assertThat(all).startsWith("HTTP/1.1 200").contains("HTTP/1.1 404");
            assertThat(all.indexOf("applied")).isLessThan(all.indexOf("HTTP/1.1 404"));
        }
    }

    @Test
    void saysWhichPortIsTaken() {
        // given
        var settings = new HttpSettings("127.0.0.1", address.getPort(), () -> new AdminLogin("a", "b"));
        var second = new ControlServer(settings, snapshots, new ProcessStats(), actions);

        // then
        assertThatThrownBy(second::start)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + address.getPort());
    }
}
