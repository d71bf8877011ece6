package io.pgdoorman.operator.podlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pgdoorman.operator.podlink.PodLink.Address;
import io.pgdoorman.operator.podlink.PodLink.Load;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpPodLinkTest {

    private volatile OptionalLong epoch = OptionalLong.empty();
    private final HttpPodLink link = new HttpPodLink(() -> epoch);
    private HttpServer server;
    private volatile int status = 200;
    private volatile String body = "";
    private volatile String asked = "";
    private volatile @Nullable String leader;

    @BeforeEach
    void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked = exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            leader = exchange.getRequestHeaders().getFirst("Doorman-Leader-Epoch");
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    private Address address() {
        return new Address("127.0.0.1", server.getAddress().getPort(), "pgdoorman-admin", "pw");
    }

    @Test
    void aCommandOfTheConsoleIsAnsweredWithItsTable() {
        // given
        answers(200, """
            {"columns": [{"name": "database", "number": false}, {"name": "clients", "number": true}],
             "rows": [["shop", "5"], ["crm", null]]}\
            """);

        // when
        var answer = link.console(address(), "show pools");

        // then
        assertThat(asked).startsWith("POST /api/admin/console Basic ").endsWith(" show pools");
        assertThat(answer)
                .isEqualTo(new PodLink.Table(
                        List.of(new PodLink.Column("database", false), new PodLink.Column("clients", true)),
                        List.of(List.of("shop", "5"), List.of("crm", ""))));
    }

    @Test
    void whatTheConsoleRefusesIsToldInItsWords() {
        // given
        answers(422, "{\"error\": \"unknown command\"}");

        // when
        var answer = link.console(address(), "shw");

        // then
        assertThat(answer).isEqualTo(new PodLink.Failed("unknown command"));
    }

    @Test
    void revokesByNameAndHearsWhoIsRevoked() {
        // given
        answers(200, "{\"revoked\": [\"b\", \"a\"]}");

        // when
        var refusal = link.revoke(address(), Set.of("a"));
        var order = asked;
        var state = link.state(address());

        // then
        assertThat(refusal).isNull();
        assertThat(order).startsWith("POST /api/admin/revoke Basic ").endsWith(" {\"users\":[\"a\"]}");
        assertThat(state)
                .isInstanceOfSatisfying(
                        PodLink.State.class, told -> assertThat(told.revoked()).containsExactlyInAnyOrder("a", "b"));
    }

    @Test
    void endsSessionsOfAnOlderPoolerWhereTheyAreIdle() {
        // given
        answers(200, """
            {"columns": [{"name": "state"}, {"name": "user"}, {"name": "client_id"}],
             "rows": [["idle", "app", "7"], ["active", "app", "8"], ["idle", "other", "9"]]}\
            """);

        // when
        var expelled = link.expel(address(), Set.of("app"));

        // then
        assertThat(expelled).isEqualTo(new PodLink.Expelled(1, null));
        assertThat(asked).endsWith(" KILL_CLIENT 7");

        // when
        answers(404, "{}");

        // then
        assertThat(link.expel(address(), Set.of("app")).silent()).isNotNull();
    }

    @Test
    void letsInByHashAndHoldsAndHearsWhoWaits() {
        // given
        answers(200, "{\"state\": \"waiting\"}");

        // when
        var refusal = link.grant(address(), "h");
        var grant = asked;
        var silent = link.hold(address());
        var hold = asked;

        // then
        assertThat(refusal).isNull();
        assertThat(grant).startsWith("POST /api/admin/grant Basic ").endsWith(" {\"hash\":\"h\"}");
        assertThat(silent).isNull();
        assertThat(hold).startsWith("POST /api/admin/hold Basic ");
        assertThat(link.state(address()))
                .isInstanceOfSatisfying(
                        PodLink.State.class,
                        told -> assertThat(told.isWaiting()).isTrue());

        // when
        answers(409, "{\"error\": \"has its share\"}");

        // then
        assertThat(link.hold(address())).isNotNull();
    }

    private void answers(int newStatus, String newBody) {
        status = newStatus;
        body = newBody;
    }

    /// A pod whose node is gone in the middle of its answer, or that is not ours.
    @Test
    void anAnswerThatStopsHalfwayIsNoneAfterAWhile() throws Exception {
        try (var half = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            // given
            var served = threads.submit(() -> {
                var socket = half.accept();
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(StandardCharsets.UTF_8));
                return socket;
            });

            // when
            var answer = link.state(new Address("127.0.0.1", half.getLocalPort(), "pgdoorman-admin", "pw"));

            // then
            assertThat(answer).isInstanceOf(PodLink.Silent.class);
            served.get().close();
        }
    }

    @Test
    void anEndlessAnswerIsNone() {
        // given
        answers(200, "\"" + "x".repeat(2 << 20) + "\"");

        // when
        var answer = link.state(address());

        // then
        assertThat(answer).isInstanceOf(PodLink.Silent.class);
    }

    @Test
    void asksForAHashAndAGeneration() {
        // given
        answers(200, "{\"result\":\"applied\",\"hash\":\"h2\",\"generation\":7}");

        // when
        var answer = link.reload(address(), "h2", 7);

        // then
        assertThat(answer).isEqualTo(new PodLink.Loaded("h2", 7));
        assertThat(asked)
                .isEqualTo("POST /api/admin/reload Basic cGdkb29ybWFuLWFkbWluOnB3 {\"hash\":\"h2\",\"generation\":7}");
    }

    @Test
    void tellsStaleFencedAndRejectedApart() {
        // given
        answers(409, "{\"result\":\"stale\",\"hash\":\"h1\",\"loadedHash\":\"h1\",\"generation\":6}");
        var stale = link.reload(address(), "h2", 7);
        answers(412, "{\"result\":\"fenced\",\"generation\":9}");
        var fenced = link.reload(address(), "h2", 7);
        answers(422, """
            {"result":"rejected","hash":"h1","rejected":{"hash":"h2",
             "faults":[{"file":"f","path":"pools.shop","line":3,"message":"is wrong"}]}}\
            """);

        // when
        var rejected = link.reload(address(), "h2", 7);

        // then
        assertThat(stale).isEqualTo(new PodLink.Stale("h1"));
        assertThat(fenced).isEqualTo(new PodLink.Fenced(9));
        assertThat(rejected)
                .isEqualTo(new PodLink.Rejected("h2", List.of(new PodLink.Fault("pools.shop", "is wrong"))));
    }

    @Test
    void ordersCarryTheLeadersEpochAndANewerOneDeposes() {
        // given
        answers(412, "{\"result\":\"fenced\",\"leaderEpoch\":4}");
        link.reload(address(), "h2", 7);
        var unled = leader;
        epoch = OptionalLong.of(3);

        // when
        var answer = link.reload(address(), "h2", 7);

        // then
        assertThat(unled).isNull();
        assertThat(leader).isEqualTo("3");
        assertThat(answer).isEqualTo(new PodLink.Deposed(4));
    }

    @Test
    void allowsDatabasesTheirServersByHash() {
        // given
        answers(200, "{\"connections\": 15}");

        // when
        var more = link.allow(address(), "h", Map.of("shop", 15));
        var order = asked;
        var share = link.allow(address(), "h", null);
        var back = asked;

        // then
        assertThat(more).isNull();
        assertThat(order)
                .startsWith("POST /api/admin/allow Basic ")
                .endsWith(" {\"hash\":\"h\",\"databases\":{\"shop\":15}}");
        assertThat(share).isNull();
        assertThat(back).endsWith(" {\"hash\":\"h\"}");

        // when
        answers(409, "{\"error\": \"another configuration is live\"}");

        // then
        assertThat(link.allow(address(), "h", null)).isNotNull();
    }

    @Test
    void readsWhatAPoolerMayHaveOfServersAndNeeds() {
        // given
        answers(200, """
            {"version":"0.1","state":"ready","loadedHash":"h","generation":3,
             "servers":{"most":15,"share":10,"held":12,"needed":9,"waiting":3,"oldestWaitMillis":250}}\
            """);

        // when
        var state = link.state(address());

        // then
        assertThat(((PodLink.State) state).servers()).isEqualTo(new PodLink.Servers(15, 10, 12, 9, 3, 250));
    }

    @Test
    void readsWhatAPoolerSaysOfItself() {
        // given
        answers(200, """
            {"version":"0.1","state":"ready","loadedHash":"h","generation":3,"rejected":null,"clients":5,
             "inTransaction":2,"waiting":1,"revoked": [], "serverConnections":4,"pinned":3,"oldestWaitMillis":70,"utilisation":0.25,"startedAt":"2026-11-24T00:00:00Z"}\
            """);

        // when
        var state = link.state(address());

        // then
        assertThat(state)
                .isEqualTo(
                        new PodLink.State("0.1", "ready", "h", 3, null, new Load(5, 2, 1, 4, 3, 70, 0.25), Map.of()));
    }

    @Test
    void readsWhichServersAPoolerMisses() {
        // given
        answers(200, """
            {"version":"0.1","state":"ready","loadedHash":"h","generation":3,
             "troubles":[{"database":"shop","kind":"tls","reason":"no TLS"}]}\
            """);

        // when
        var state = link.state(address());

        // then
        assertThat(((PodLink.State) state).troubles()).containsExactly(new PodLink.Trouble("shop", "tls", "no TLS"));
    }

    @Test
    void silenceAndNonsenseAreAnswers() {
        // given
        answers(401, "");
        var unknown = link.state(address());
        answers(200, "<html>");
        var nonsense = link.state(address());
        server.stop(0);

        // when
        var gone = link.reload(address(), "h", 1);

        // then
        assertThat(List.of(unknown, nonsense, gone)).allMatch(PodLink.Silent.class::isInstance);
        assertThat(unknown.toString()).contains("password");
    }

    @Test
    void drainIsAnOrder() {
        // given
        answers(202, "{\"state\":\"draining\"}");

        // when
        var silent = link.drain(address());

        // then
        assertThat(silent).isNull();
        assertThat(asked).startsWith("POST /api/admin/drain");
    }

    @Test
    void passwordNeverShows() {
        // given
        var address = address();

        // when
        var shown = address.toString();

        // then
        assertThat(shown).doesNotContain("pw");
    }
}
