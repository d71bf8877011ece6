package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.PatroniApi.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PatroniApi;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The way to another member, and when there is none.
class FallbackIT extends FallbackCase {
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

    @Test
    void aPatroniBehindTlsIsAskedIfItsAuthorityIsNamed(@TempDir Path folder) {
        // given
        home.close();
        var authority = Papers.authority("CN=patroni authority");
        authority.write(folder, "ca");
        api.shows(authority.issues(Claims.of("CN=pg", "127.0.0.1")));
        api.knows(member("pg2", "replica", primary.port()));

        // when
        var pooler = started(
                wish().pool("patroni_api_ca_cert", folder.resolve("ca.crt").toString()));
        var stranger = started(wish().general("query_wait_timeout", "500ms"));
        var refused = kept(stranger.door().connect()).logsIn("app", "app-secret", "shop", Map.of());

        // then
        assertThat(portOf(login(pooler))).isEqualTo(port(primary));
        assertThat(refused.toString()).contains("/cluster is not believed: ");
    }

    @Test
    void authoritiesThatCannotBeReadAreRefused(@TempDir Path folder) {
        // given
        var nowhere = folder.resolve("nowhere.crt").toString();

        // then
        assertThatThrownBy(() -> started(wish().pool("patroni_api_ca_cert", nowhere)))
                .hasMessageContaining("pools.shop.patroni_api_ca_cert")
                .hasMessageContaining(nowhere);
    }

    @Test
    void walsendersComeFromAnotherMemberToo() {
        // given
        api.knows(member("pg2", "leader", primary.port()));
        var pooler = started(wish());
        primary.does("alter role app replication");
        try {
            home.close();

            // when
            var client = kept(pooler.door().login(Door.Role.APP, Map.of("replication", "true")));

            // then
            assertThat(client.asksOne("SHOW port")).isEqualTo(port(primary));
            assertThat(metric(pooler, "fallback_active{pool=\"shop\"}")).isOne();
        } finally {
            primary.does("alter role app noreplication");
        }
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
}
