package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Clients that outnumber the servers.
class WaitingIT {
    @Test
    void waitEndsWithAnErrorAfterQueryWaitTimeout() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("query_wait_timeout", "300ms")
                        .start();
                var holder = pooler.door().login();
                var waiter = pooler.door().login()) {
            holder.asks("begin");

            // when
            var replies = waiter.asks("select 1");

            // then
            assertThat(replies).hasSize(2);
            assertThat(replies.getFirst().error())
                    .startsWith("ERROR 53300 no server for database \"shop\", user \"app\"");
            assertThat(replies.getLast().body()).isEqualTo("I");
            holder.asks("commit");
            assertThat(waiter.asksOne("select 2")).isEqualTo("2");
        }
    }

    @Test
    void loginNeedsNoServerWhereTheGreetingIsKnown() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var holder = pooler.door().login()) {
            holder.asks("begin");

            // when
            for (int i = 0; i < 8; i++) { // enough to meet every event loop
                try (var client = pooler.door().login()) {
                    // then
                    assertThat(client.transcript().getLast().body()).isEqualTo("I");
                }
            }
        }
    }

    @Test
    void oldestWaiterIsServedFirst() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("worker_threads", "1") // between loops, a server goes to the nearer of two waiters
                        .start();
                var holder = pooler.door().login()) {
            EmbeddedPg.shared().does("drop table if exists turn", "create table turn (n serial, who int)");
            EmbeddedPg.shared().does("grant all on turn to app", "grant all on turn_n_seq to app");
            holder.asks("begin");
            List<WireClient> waiters = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                var waiter = pooler.door().login();
                waiter.sends(query("insert into turn (who) values (" + i + ")"));
                waiter.hearsNothingFor(20);
                waiters.add(waiter);
            }

            // when
            holder.asks("commit");
            waiters.forEach(WireClient::receivesReady);

            // then
            assertThat(EmbeddedPg.shared().asks("select who from turn order by n"))
                    .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
            waiters.forEach(WireClient::close);
        }
    }

    @Test
    void waiterThatVanishesGetsNoServer() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var holder = pooler.door().login();
                var last = pooler.door().login()) {
            holder.asks("begin");
            for (int i = 0; i < 10; i++) {
                var vanishing = pooler.door().login();
                vanishing.sends(query("insert into nowhere values (1)"));
                vanishing.hearsNothingFor(20);
                if (i % 2 == 0) {
                    vanishing.vanishes();
                } else {
                    vanishing.close();
                }
            }
            last.sends(query("select 'last'"));

            // when
            holder.asks("commit");

            // then
            assertThat(last.receivesReady().get(1).firstColumn()).isEqualTo("last");
        }
    }

    @Test
    void waiterMaySendMoreThanIsKept() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var holder = pooler.door().login();
                var waiter = pooler.door().login()) {
            holder.asks("begin");
            String large = "x".repeat(600_000);
            waiter.sends(query("select length('" + large + "')"));
            waiter.hearsNothingFor(50);
            waiter.sends(query("select 2"));

            // when
            holder.asks("commit");
            var replies = waiter.receivesReady(2);

            // then
            assertThat(replies.get(1).firstColumn()).isEqualTo("600000");
            assertThat(replies.get(5).firstColumn()).isEqualTo("2");
        }
    }

    @Test
    void manyClientsShareFewServers() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(3).start()) {
            List<WireClient> clients = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                clients.add(pooler.door().login());
            }

            Set<String> servers = new HashSet<>();

            // when
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < clients.size(); i++) {
                    clients.get(i)
                            .sends(
                                    query("begin"),
                                    query("select " + (i * 1000 + round)),
                                    query("select pg_backend_pid()"),
                                    query("commit"));
                }
                for (int i = 0; i < clients.size(); i++) {
                    var replies = clients.get(i).receivesReady(4);
                    assertThat(replies.get(3).firstColumn()).isEqualTo("" + (i * 1000 + round));
                    servers.add(replies.get(7).firstColumn());
                }
            }

            // then
            assertThat(servers).hasSizeBetween(1, 3);
            clients.forEach(WireClient::close);
        }
    }
}
