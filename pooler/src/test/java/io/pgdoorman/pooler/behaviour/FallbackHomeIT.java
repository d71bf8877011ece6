package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.PatroniApi.member;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.PatroniApi;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Which member will do, how long it is used, the way back, and settings.
class FallbackHomeIT extends FallbackCase {
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
