package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.PatroniApi.member;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PatroniApi;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A pool whose own server is away, real servers elsewhere, and an API that says what a test wants. Home is a primary
/// behind a proxy; the other members are a primary and its standby.
class FallbackIT {
    private static final String PORT = "select current_setting('port')";
    private static final String HOME = String.valueOf(EmbeddedPg.shared().door().port());
    private static final InetSocketAddress AT_HOME = new InetSocketAddress(
            InetAddress.getLoopbackAddress(), EmbeddedPg.shared().door().port());

    private static PgNode primary;
    private static PgNode standby;

    private final List<AutoCloseable> open = new ArrayList<>();
    private PatroniApi api;
    private FaultProxy home;

    @BeforeAll
    static void starts() {
        primary = PgNode.primary();
        standby = primary.standby();
        Eventually.isTrue(
                "the standby has the roles",
                () -> standby.asks("select count(*) from pg_database where datname = 'shop'")
                        .equals(List.of("1")));
    }

    @AfterAll
    static void stops() {
        standby.close();
        primary.close();
    }

    @BeforeEach
    void opens() {
        api = new PatroniApi();
        home = FaultProxy.before(AT_HOME);
    }

    @AfterEach
    void closes() throws Exception {
        for (var each : open.reversed()) {
            each.close();
        }
        home.close();
        api.close();
    }

    private <T extends AutoCloseable> T kept(T what) {
        open.add(what);
        return what;
    }

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .pool("server_port", String.valueOf(home.port()))
                .pool("patroni_api_urls", PatroniApi.urls(api))
                .pool("fallback_cooldown", "30s")
                .general("query_wait_timeout", "20s");
    }

    private PoolerFixture started(PoolerFixture.Wish wish) {
        return kept(wish.start());
    }

    private WireClient login(PoolerFixture pooler) {
        return kept(pooler.door().login());
    }

    private static String portOf(WireClient client) {
        return client.asksOne(PORT);
    }

    private static String port(PgNode node) {
        return String.valueOf(node.port());
    }

    /// Home is gone, and the pooler knows that its servers are.
    private void homeGoes(PoolerFixture pooler) {
        goes(home, pooler);
    }

    private static void goes(FaultProxy proxy, PoolerFixture pooler) {
        proxy.close();
        Eventually.isTrue(
                "its servers are gone",
                () -> pooler.console("show servers", "server_id").isEmpty());
    }

    private void homeReturns() {
        homeReturns(AT_HOME);
    }

    private void homeReturns(InetSocketAddress target) {
        var at = new InetSocketAddress(InetAddress.getLoopbackAddress(), home.port());
        Eventually.isTrue("the port is free", () -> {
            try {
                home = FaultProxy.before(target, at);
                return true;
            } catch (UncheckedIOException taken) {
                return false;
            }
        });
    }

    private static InetSocketAddress address(PgNode node) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port());
    }

    private static int closedPort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double metric(PoolerFixture pooler, String series) {
        try (var client = HttpClient.newHttpClient()) {
            var uri = URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics");
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("pg_doorman_" + series + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .findFirst()
                    .orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // ---- the way there

    @Test
    void theNextTransactionIsServedByAnotherMember() {
        // given
        api.knows(member("pg1", "leader", home.port()), member("pg2", "replica", primary.port()));
        var pooler = started(wish());
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(HOME);
        assertThat(api.asked()).isEmpty();

        // when
        homeGoes(pooler);

        // then
        assertThat(portOf(client)).isEqualTo(port(primary));
        assertThat(pooler.console("show pools", "fallback_active"))
                .contains("1")
                .doesNotContain("0");
        assertThat(metric(pooler, "fallback_active{pool=\"shop\"}")).isOne();
        assertThat(metric(pooler, "fallback_host{host=\"127.0.0.1\",pool=\"shop\",port=\"" + primary.port() + "\"}"))
                .isOne();
        assertThat(metric(pooler, "fallback_connections_total{pool=\"shop\"}")).isOne();
        assertThat(metric(pooler, "patroni_api_requests_total{pool=\"shop\"}")).isOne();
        assertThat(metric(pooler, "patroni_api_duration_seconds_count{pool=\"shop\"}"))
                .isOne();
        assertThat(metric(pooler, "patroni_api_errors_total{pool=\"shop\"}")).isZero();
    }

    @Test
    void synchronousStandbysAreTriedFirst() {
        // given
        home.close();
        api.knows(member("pg2", "leader", primary.port()), member("pg3", "sync_standby", standby.port()));

        // then
        assertThat(portOf(login(started(wish())))).isEqualTo(port(standby));
    }

    @Test
    void theOthersAreTriedWhenAllSynchronousStandbysHaveFailed() {
        // given
        home.close();
        api.knows(
                member("pg2", "leader", primary.port()),
                member("pg3", "sync_standby", closedPort()),
                member("pg4", "sync_standby", closedPort()));
        var pooler = started(wish());

        // when
        var served = portOf(login(pooler));

        // then
        assertThat(served).isEqualTo(port(primary));
        assertThat(metric(pooler, "fallback_candidate_failures_total{pool=\"shop\",reason=\"connect_error\"}"))
                .isEqualTo(2);
    }

    @Test
    void aMemberThatFallsSilentHoldsUpTheRestForItsTimeOnly() {
        // given
        home.close();
        var silent = kept(FaultProxy.before(address(standby)));
        silent.setSilent(true);
        api.knows(member("pg2", "leader", primary.port()), member("pg3", "sync_standby", silent.port()));
        var pooler = started(wish().pool("fallback_connect_timeout", "500ms"));

        // when
        long began = System.nanoTime();
        var served = portOf(login(pooler));
        var took = Duration.ofNanos(System.nanoTime() - began);

        // then
        assertThat(served).isEqualTo(port(primary));
        assertThat(took).isBetween(Duration.ofMillis(400), Duration.ofSeconds(8));
        assertThat(metric(pooler, "fallback_candidate_failures_total{pool=\"shop\",reason=\"timeout\"}"))
                .isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"lag\": \"unknown\"", "\"lag\": null", "\"tags\": {\"nofailover\": \"false\"}"})
    void whatPatroniSaysOddlyIsNoReasonToLeaveAMemberOut(String odd) {
        // given
        home.close();
        api.knows(member("pg2", "replica", primary.port(), odd));

        // then
        assertThat(portOf(login(started(wish())))).isEqualTo(port(primary));
    }

    @Test
    void oneApiThatAnswersIsEnough() {
        // given
        home.close();
        var dead = new PatroniApi();
        dead.close();
        var broken = kept(new PatroniApi());
        broken.answers(200, "<html>");
        api.knows(member("pg2", "replica", primary.port()));

        // when
        var pooler = started(wish().pool("patroni_api_urls", PatroniApi.urls(dead, broken, api)));

        // then
        assertThat(portOf(login(pooler))).isEqualTo(port(primary));
        assertThat(metric(pooler, "patroni_api_requests_total{pool=\"shop\"}")).isEqualTo(3);
    }

    @Test
    void aHomeThatFallsSilentIsLeftWhenItsTimeIsOver() {
        // given
        home.setSilent(true);
        api.knows(member("pg2", "replica", primary.port()));
        var pooler = started(wish().pool("connect_timeout", "500ms"));

        // then
        assertThat(portOf(login(pooler))).isEqualTo(port(primary));
    }

    @Test
    void aHomeThatStartsUpIsLeftToo() throws IOException {
        // given
        api.knows(member("pg2", "replica", primary.port()));
        try (var starting = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> refuse(starting, "57P03", "the database system is starting up"));
            var pooler = started(wish().pool("server_port", String.valueOf(starting.getLocalPort())));

            // then
            assertThat(portOf(login(pooler))).isEqualTo(port(primary));
        }
    }

    private static void refuse(ServerSocket listener, String state, String message) {
        var body = "SFATAL\0VFATAL\0C" + state + "\0M" + message + "\0\0";
        while (!listener.isClosed()) {
            try (var socket = listener.accept()) {
                var first = socket.getInputStream().readNBytes(8);
                var out = socket.getOutputStream();
                if (first[7] == 47) { // the end of an SSLRequest's code
                    out.write('N');
                    var _ = socket.getInputStream().read();
                }
                out.write('E');
                out.write(new byte[] {0, 0, 0, (byte) (body.length() + 4)});
                out.write(body.getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
                socket.shutdownOutput();
            } catch (IOException closed) {
                return;
            }
        }
    }

    @Test
    void theMemberIsReachedAsSafelyAsHomeWouldBe(@TempDir Path folder) {
        // given
        home.close();
        var authority = Papers.authority("CN=database authority");
        authority.write(folder, "ca");
        Papers.authority("CN=another authority").write(folder, "other");
        primary.shows(authority.issues(Claims.of("CN=db", "127.0.0.1")), authority);
        primary.reload();
        api.knows(member("pg2", "replica", primary.port()));

        // when
        var pooler = started(believing(folder.resolve("ca.crt")));
        var served = portOf(login(pooler));
        var stranger = started(believing(folder.resolve("other.crt")).general("query_wait_timeout", "500ms"));
        var refused = kept(stranger.door().connect()).logsIn("app", "app-secret", "shop", Map.of());

        // then
        assertThat(served).isEqualTo(port(primary));
        assertThat(pooler.console("show servers", "tls")).containsOnly("true");
        assertThat(refused.toString()).contains("pg2: ").contains("TLS handshake failed");
        assertThat(metric(stranger, "fallback_candidate_failures_total{pool=\"shop\",reason=\"startup_error\"}"))
                .isPositive();
    }

    private PoolerFixture.Wish believing(Path authorities) {
        return wish().pool("server_tls_mode", "verify-full").pool("server_tls_ca_cert", authorities.toString());
    }

    // ---- no way there

    @Test
    void aLoginThatHomeRefusesIsNoReasonToGoElsewhere() {
        // given
        api.knows(member("pg2", "replica", primary.port()));
        var pooler = started(wish().pool("server_database", "nowhere"));

        // when
        var client = kept(pooler.door().connect());
        var answer = client.logsIn("app", "app-secret", "shop", Map.of());

        // then
        assertThat(answer).extracting(Reply::sqlState).contains("3D000");
        assertThat(api.asked()).isEmpty();
        assertThat(metric(pooler, "fallback_active{pool=\"shop\"}")).isZero();
    }

    @Test
    void whoWaitsIsToldOfEachMemberThatFailed() {
        // given
        api.knows(member("pg1", "leader", home.port()));
        var pooler = started(wish().general("query_wait_timeout", "1s"));
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(HOME);
        int dead = closedPort();
        api.knows(
                member("pg1", "leader", home.port()),
                member("pg2", "replica", dead),
                member("pg3", "replica", standby.port()),
                member("pg4", "replica", 1, "\"tags\": {\"archive\": true}"));
        try (var log = HeardLog.of("io.pgdoorman.pooler.reload", Level.WARN)) {
            // when
            homeGoes(pooler);
            var answer = client.asks(PORT);

            // then
            assertThat(answer).extracting(Reply::sqlState).contains("08006");
            assertThat(answer.toString())
                    .contains("neither at home nor at another member of the Patroni cluster: ")
                    .contains("pg2: cannot connect to server 127.0.0.1:" + dead);
            assertThat(log.lines())
                    .anySatisfy(line -> assertThat(line)
                            .contains("no connection to server database=shop user=app")
                            .contains("no server for database \"shop\", neither at home nor at another member of the"
                                    + " Patroni cluster: ")
                            .contains("home: cannot connect to server 127.0.0.1:" + home.port())
                            .contains("pg2: cannot connect to server 127.0.0.1:" + dead)
                            .contains("pg3: ")
                            .contains("is a standby (target_session_attrs: primary)")
                            .contains("pg4 (it is tagged archive)"));
        }
    }

    @Test
    void anApiThatHangsTakesNoLongerThanClientsWait() {
        // given
        home.close();
        api.does(_ -> {
            try {
                Thread.sleep(Duration.ofSeconds(30)); // ended with the API
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        var pooler = started(wish().general("query_wait_timeout", "1s").pool("patroni_api_timeout", "20s"));
        try (var log = HeardLog.of("io.pgdoorman.pooler.reload", Level.WARN)) {
            // when
            var client = kept(pooler.door().connect());
            long began = System.nanoTime();
            var answer = client.logsIn("app", "app-secret", "shop", Map.of());

            // then
            assertThat(answer).extracting(Reply::sqlState).contains("53300");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
            Eventually.isTrue(
                    "the search is given up",
                    () -> log.lines().stream()
                            .anyMatch(line -> line.contains("query_wait_timeout passed while Patroni was asked")));
        }
    }

    // ---- who was served by a primary

    @Test
    void whoWasServedByAPrimaryWaitsForOne() {
        // given
        api.knows(member("pg1", "leader", home.port()), member("pg3", "sync_standby", standby.port()));
        var pooler = started(wish());
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(HOME);
        homeGoes(pooler);
        client.sends(query(PORT));
        assertThat(client.hearsNothingFor(500)).isTrue();

        // when: the one that is promoted
        api.knows(member("pg2", "leader", primary.port()), member("pg3", "sync_standby", standby.port()));

        // then
        assertThat(client.receivesReady())
                .anySatisfy(reply -> assertThat(reply.tag() == 'D' ? reply.firstColumn() : "")
                        .isEqualTo(port(primary)));
        assertThat(client.asksOne("select pg_is_in_recovery()")).isEqualTo("f");
    }

    /// The host is gone, and says nothing at all.
    @Test
    void aSilentHomeDoesNotHoldUpTheNewPrimary() {
        // given
        api.knows(member("pg3", "sync_standby", standby.port()));
        var pooler = started(wish().pool("connect_timeout", "500ms").pool("server_lifetime", "100ms"));
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(HOME);
        home.setSilent(true);
        home.resetAll();
        Eventually.isTrue(
                "its servers are gone",
                () -> pooler.console("show servers", "server_id").isEmpty());
        client.sends(query(PORT));
        assertThat(client.hearsNothingFor(2500)).isTrue();

        // when
        api.knows(member("pg2", "leader", primary.port()), member("pg3", "sync_standby", standby.port()));
        long promoted = System.nanoTime();
        var answer = client.receivesReady();

        // then
        assertThat(answer)
                .anySatisfy(reply -> assertThat(reply.tag() == 'D' ? reply.firstColumn() : "")
                        .isEqualTo(port(primary)));
        assertThat(Duration.ofNanos(System.nanoTime() - promoted)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aHomeThatComesBackAsAStandbyIsNoneForThoseWhoNeedAPrimary() {
        // given
        api.knows(member("pg2", "leader", primary.port()));
        var pooler = started(wish().pool("fallback_cooldown", "200ms"));
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(HOME);
        homeGoes(pooler);
        assertThat(portOf(client)).isEqualTo(port(primary));

        // when
        homeReturns(address(standby));
        Eventually.isTrue("home is looked at", () -> home.accepted() > 1);

        // then
        assertThat(portOf(client)).isEqualTo(port(primary));
        assertThat(metric(pooler, "fallback_active{pool=\"shop\"}")).isOne();
        home.close();
        homeReturns();
        Eventually.isTrue("it is the primary again", () -> portOf(client).equals(HOME));
    }

    @Test
    void withTargetSessionAttrsAStandbyAtHomeIsPassedBy() {
        // given
        api.knows(member("pg2", "leader", primary.port()), member("pg3", "replica", standby.port()));
        var pooler = started(wish().pool("server_port", port(standby)).pool("target_session_attrs", "primary"));

        // then
        assertThat(portOf(login(pooler))).isEqualTo(port(primary));
    }

    @Test
    void readersGoOnWithAStandby() {
        // given
        home.close();
        api.knows(member("pg2", "leader", primary.port()), member("pg3", "replica", standby.port()));

        // then
        assertThat(portOf(login(started(wish().pool("target_session_attrs", "standby")))))
                .isEqualTo(port(standby));
    }

    // ---- the member in use

    @Test
    void theMemberIsUsedWithoutAskingAgain() {
        // given
        home.close();
        api.knows(member("pg2", "replica", primary.port()));
        var pooler = started(wish().poolSize(8));

        // when
        var clients = IntStream.range(0, 8).mapToObj(_ -> login(pooler)).toList();
        clients.forEach(client -> client.asks("begin"));

        // then
        assertThat(clients).allSatisfy(client -> assertThat(portOf(client)).isEqualTo(port(primary)));
        assertThat(api.asked()).hasSize(1);
        assertThat(metric(pooler, "fallback_cache_hits_total{pool=\"shop\"}")).isPositive();
        assertThat(metric(pooler, "fallback_connections_total{pool=\"shop\"}")).isEqualTo(8);
    }

    @Test
    void whenTheMemberInUseFailsPatroniIsAskedOnceMore() {
        // given
        home.close();
        var first = kept(FaultProxy.before(address(primary)));
        api.knows(member("pg2", "replica", first.port()));
        var pooler = started(wish());
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(port(primary));
        api.knows(member("pg2", "replica", first.port()), member("pg3", "replica", standby.port()));

        // when
        goes(first, pooler);

        // then
        assertThat(portOf(client)).isEqualTo(port(standby));
    }

    @Test
    void manyWhoLoseTheirServerAtOnceAskOnce() {
        // given
        api.knows(member("pg2", "leader", primary.port()));
        var pooler = started(wish().poolSize(20));
        var clients = IntStream.range(0, 60).mapToObj(_ -> login(pooler)).toList();
        clients.subList(0, 20).forEach(client -> client.asks("begin"));
        try (var log = HeardLog.of("io.pgdoorman.pooler.patroni", Level.INFO)) {
            // when
            home.close();
            clients.subList(20, 60).forEach(client -> client.sends(query(PORT)));

            // then
            for (var client : clients.subList(20, 60)) {
                assertThat(client.receivesReady())
                        .anySatisfy(reply -> assertThat(reply.tag() == 'D' ? reply.firstColumn() : "")
                                .isEqualTo(port(primary)));
            }
            assertThat(api.asked()).hasSizeBetween(1, 2);
            assertThat(log.lines())
                    .hasSize(2)
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .startsWith("nobody is at home, Patroni is asked database=shop reason=cannot"),
                            line -> assertThat(line)
                                    .isEqualTo("servers come from another member of the Patroni cluster database=shop"
                                            + " server=pg2 (127.0.0.1:" + port(primary) + ", leader)"));
        }
    }

    // ---- and back

    @Test
    void allComeHomeWhenItIsThereAgain() {
        // given
        home.close();
        api.knows(member("pg2", "replica", primary.port()));
        var pooler = started(wish().pool("fallback_cooldown", "300ms"));
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(port(primary));
        try (var log = HeardLog.of("io.pgdoorman.pooler.patroni", Level.INFO)) {
            // when
            homeReturns();

            // then
            Eventually.isTrue("home", () -> portOf(client).equals(HOME));
            assertThat(log.lines())
                    .contains("servers come from home again database=shop reason=somebody is there again");
            assertThat(metric(pooler, "fallback_active{pool=\"shop\"}")).isZero();
            assertThat(pooler.console("show pools", "fallback_active"))
                    .contains("0")
                    .doesNotContain("1");
            Eventually.isTrue(
                    "no server is left at the member",
                    () -> primary.asks("select count(*) from pg_stat_activity where usename = 'app'")
                            .equals(List.of("0")));
        }
    }

    /// As when PostgreSQL crashes and is started anew: the cooldown is for a member that serves meanwhile.
    @Test
    void aHomeThatWasAwayForAMomentServesAtOnceWhereNobodyElseCan() {
        // given
        api.knows(member("pg1", "leader", home.port()), member("pg3", "sync_standby", standby.port()));
        var pooler = started(wish().pool("fallback_cooldown", "1h"));
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(HOME);
        homeGoes(pooler);
        client.sends(query(PORT));
        assertThat(client.hearsNothingFor(300)).isTrue();

        // when
        homeReturns();

        // then
        assertThat(client.receivesReady())
                .anySatisfy(reply -> assertThat(reply.tag() == 'D' ? reply.firstColumn() : "")
                        .isEqualTo(HOME));
        assertThat(metric(pooler, "fallback_active{pool=\"shop\"}")).isZero();
    }

    @Test
    void homeIsLeftAloneForTheCooldown() {
        // given
        home.close();
        api.knows(member("pg2", "replica", primary.port()));
        var pooler = started(wish().pool("fallback_cooldown", "1h").pool("fallback_lifetime", "100ms"));
        var client = login(pooler);
        assertThat(portOf(client)).isEqualTo(port(primary));

        // when
        homeReturns();
        var ids = new ArrayList<String>();
        Eventually.isTrue("servers are replaced", () -> {
            ids.add(client.asksOne("select pg_backend_pid()"));
            return ids.stream().distinct().count() > 3;
        });

        // then
        assertThat(portOf(client)).isEqualTo(port(primary));
        assertThat(home.accepted()).isZero();
    }

    // ---- settings

    @Test
    void aReloadBeginsAndEndsIt() {
        // given
        api.knows(member("pg2", "replica", primary.port()));
        var pooler = started(wish().pool("patroni_api_urls", "[]"));
        var client = login(pooler);
        homeGoes(pooler);
        client.sends(query(PORT));
        assertThat(client.hearsNothingFor(300)).isTrue();

        // when
        pooler.reload(wish -> wish.pool("patroni_api_urls", PatroniApi.urls(api)));

        // then
        assertThat(client.receivesReady())
                .anySatisfy(reply -> assertThat(reply.tag() == 'D' ? reply.firstColumn() : "")
                        .isEqualTo(port(primary)));
        homeReturns();
        pooler.reload(wish -> wish.pool("patroni_api_urls", "[]"));
        assertThat(metric(pooler, "fallback_active{pool=\"shop\"}")).isEqualTo(-1);
        assertThat(portOf(login(pooler))).isNotEmpty();
        Eventually.isTrue("RECONNECT leads home", () -> {
            pooler.console("reconnect shop");
            return portOf(client).equals(HOME);
        });
    }

    @Test
    void thePoolsUrlsAreGeneralsUnlessItHasItsOwn() {
        // given
        home.close();
        api.knows(member("pg2", "replica", primary.port()));
        var pooler = started(PoolerFixture.wish()
                .pool("server_port", String.valueOf(home.port()))
                .general("patroni_api_urls", PatroniApi.urls(api)));

        // then
        assertThat(portOf(login(pooler))).isEqualTo(port(primary));
    }

    @Test
    void usersAreLookedUpAtTheMemberToo() {
        // given
        home.close();
        api.knows(member("pg2", "replica", primary.port()));
        primary.does("alter role postgres password 'x'");
        primary.does("alter role app password '" + EmbeddedPg.shared().verifierOf("app") + "'");
        var pooler = started(wish().databases(List.of("shop"))
                .pool(
                        "auth_query",
                        "{query: \"select usename, passwd from pg_shadow where usename = $1\", user: postgres,"
                                + " password: x, database: shop, pool_size: 2}"));
        primary.does("create role newcomer login password 'secret'");
        try {
            // when
            var client = kept(pooler.door().connect());
            client.loggedIn("newcomer", "secret", "shop", Map.of());

            // then
            assertThat(portOf(client)).isEqualTo(port(primary));
        } finally {
            primary.does("drop role newcomer");
        }
    }
}
