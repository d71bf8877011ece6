package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.DnsServer;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Hosts known by name, and a name server that changes its mind. Two ways lead to PostgreSQL, with the same port on two
/// addresses.
class NamesIT {
    private static final String NAME = "db.doorman.test";

    private DnsServer dns;
    private FaultProxy first;
    private FaultProxy second;

    @BeforeEach
    void starts() {
        dns = DnsServer.start();
        var postgres = new InetSocketAddress(
                InetAddress.ofLiteral("127.0.0.1"), EmbeddedPg.shared().door().port());
        first = FaultProxy.before(postgres, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        second = FaultProxy.before(postgres, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.2"), first.port()));
    }

    @AfterEach
    void stops() {
        first.close();
        second.close();
        dns.close();
    }

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .general("dns_servers", "[\"" + dns.address() + "\"]")
                .pool("server_host", NAME)
                .pool("server_port", String.valueOf(first.port()));
    }

    @Test
    void aChangedAddressLeadsNewServersThereAndOldOnesEndAfterTheirTransactions() {
        // given
        dns.tells(NAME, 1, "127.0.0.1");
        try (var pooler = wish().start();
                var busy = pooler.door().login();
                var idle = pooler.door().login()) {
            busy.asks("begin");
            idle.asks("select 1");
            assertThat(first.openEnds()).isEqualTo(4);
            assertThat(second.accepted()).isZero();

            // when
            dns.tells(NAME, 1, "127.0.0.2");

            // then
            Eventually.isTrue("the idle server is gone", () -> first.openEnds() == 2);
            assertThat(idle.asksOne("select 'moved'")).isEqualTo("moved");
            assertThat(second.accepted()).isEqualTo(1);
            assertThat(busy.asksOne("select 'stayed'")).isEqualTo("stayed");
            busy.asks("commit");
            Eventually.isTrue("the busy server is gone too", () -> first.openEnds() == 0);
        }
    }

    @Test
    void whereItIsNotWantedServersOfAVanishedAddressStay() {
        // given
        dns.tells(NAME, 1, "127.0.0.1");
        try (var pooler = wish().general("dns_retire_servers", "false").start();
                var client = pooler.door().login()) {
            client.asks("select 1");

            // when
            dns.tells(NAME, 1, "127.0.0.2");
            int asked = dns.asked();
            Eventually.isTrue("it was asked for anew", () -> dns.asked() > asked + 2);

            // then
            assertThat(client.asksOne("select 'stayed'")).isEqualTo("stayed");
            assertThat(second.accepted()).isZero();
        }
    }

    @Test
    void whileNameServersAreSilentTheLastKnownAddressesServe() {
        // given
        dns.tells(NAME, 1, "127.0.0.1");
        try (var pooler = wish().start();
                var client = pooler.door().login()) {
            client.asks("select 1");

            // when
            dns.setSilent(true);
            int asked = dns.asked();
            Eventually.isTrue("it was asked for anew", () -> dns.asked() > asked);
            first.resetAll();

            // then
            Eventually.isTrue("the lost server is noticed", () -> first.openEnds() == 0);
            try (var later = pooler.door().login()) {
                assertThat(later.asksOne("select 'stale'")).isEqualTo("stale");
                assertThat(first.accepted()).isEqualTo(2);
            }
        }
    }

    @Test
    void severalAddressesAreTriedInTurn() {
        // given
        dns.tells(NAME, 60, "127.0.0.9", "127.0.0.2");

        // when
        try (var pooler = wish().start();
                var client = pooler.door().login()) {
            // then
            assertThat(client.asksOne("select 'found'")).isEqualTo("found");
            assertThat(second.accepted()).isEqualTo(1);
        }
    }

    @Test
    void aNameThatLeadsNowhereIsToldAndHealsByItself() {
        // given
        try (var pooler = wish().general("query_wait_timeout", "1s").start()) {
            try (var client = pooler.door().connect()) {
                var told = client.logsIn("app", "app-secret", "shop", java.util.Map.of())
                        .getLast();
                assertThat(told.sqlState()).isEqualTo("08006");
                assertThat(told.field('D')).contains("cannot resolve host name \"" + NAME + "\"");
            }

            // when
            dns.tells(NAME, 1, "127.0.0.1");

            // then
            Eventually.isTrue("a login succeeds", () -> {
                try (var client = pooler.door().connect()) {
                    return client.logsIn("app", "app-secret", "shop", java.util.Map.of())
                                    .getLast()
                                    .tag()
                            == 'Z';
                }
            });
        }
    }

    @Test
    void theHostsFileComesFirst() {
        // given
        dns.setSilent(true);

        // when
        try (var pooler = wish().pool("server_host", "localhost").start();
                var client = pooler.door().login()) {
            // then
            assertThat(client.asksOne("select 'by hosts'")).isEqualTo("by hosts");
            assertThat(dns.asked()).isZero();
        }
    }
}
