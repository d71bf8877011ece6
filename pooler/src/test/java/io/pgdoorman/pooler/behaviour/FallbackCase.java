package io.pgdoorman.pooler.behaviour;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.PatroniApi;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// What tests of the fallback have: a pool whose own server is away, real servers elsewhere, and an API that
/// says what a test wants. Home is a primary behind a proxy; the other members are a primary and its standby.
abstract class FallbackCase {
    static final String PORT = "select current_setting('port')";
    static final String HOME = String.valueOf(EmbeddedPg.shared().door().port());
    private static final InetSocketAddress AT_HOME = new InetSocketAddress(
            InetAddress.getLoopbackAddress(), EmbeddedPg.shared().door().port());

    static PgNode primary;
    static PgNode standby;

    private final List<AutoCloseable> open = new ArrayList<>();
    PatroniApi api;
    FaultProxy home;

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

    <T extends AutoCloseable> T kept(T what) {
        open.add(what);
        return what;
    }

    PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .pool("server_port", String.valueOf(home.port()))
                .pool("patroni_api_urls", PatroniApi.urls(api))
                .pool("fallback_cooldown", "30s")
                .general("query_wait_timeout", "20s");
    }

    PoolerFixture started(PoolerFixture.Wish wish) {
        return kept(wish.start());
    }

    WireClient login(PoolerFixture pooler) {
        return kept(pooler.door().login());
    }

    static String portOf(WireClient client) {
        return client.asksOne(PORT);
    }

    static String port(PgNode node) {
        return String.valueOf(node.port());
    }

    /// Home is gone, and the pooler knows that its servers are.
    void homeGoes(PoolerFixture pooler) {
        goes(home, pooler);
    }

    static void goes(FaultProxy proxy, PoolerFixture pooler) {
        proxy.close();
        Eventually.isTrue(
                "its servers are gone",
                () -> pooler.console("show servers", "server_id").isEmpty());
    }

    void homeReturns() {
        homeReturns(AT_HOME);
    }

    void homeReturns(InetSocketAddress target) {
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

    static InetSocketAddress address(PgNode node) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port());
    }

    static int closedPort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static double metric(PoolerFixture pooler, String series) {
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
}
