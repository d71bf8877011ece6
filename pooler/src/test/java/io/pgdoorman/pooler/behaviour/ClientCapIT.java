package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.raw;
import static io.pgdoorman.pooler.script.Message.sslRequest;
import static io.pgdoorman.pooler.script.Message.startup;
import static io.pgdoorman.pooler.script.Message.tagged;
import static io.pgdoorman.pooler.script.Message.terminate;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Clients are refused when there are too many of a kind, before anything is paid for them.
class ClientCapIT {
    @Test
    void processIsFullAndTheAdminStillGetsIn() {
        // given
        try (var pooler = PoolerFixture.wish().general("max_connections", "2").start();
                var one = pooler.door().login();
                var two = pooler.door().login()) {
            // when
            var error = refusal(pooler.door(), Door.Role.APP);

            // then
            assertThat(error.error()).isEqualTo("FATAL 53300 sorry, too many clients already");
            assertThat(error.field('D')).isEqualTo("The pooler's limit max_connections is 2.");
            assertThat(error.field('H')).contains("raise max_connections");
            assertThat(error.field('R')).isEqualTo("pgdoorman");
            assertThat(consoleAnswers(pooler.door())).isTrue();

            one.vanishes();
            Eventually.isTrue("the free place is taken", () -> comesIn(pooler.door(), Door.Role.APP));
            assertThat(two.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void databaseIsFullForAllItsUsers() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("max_db_client_connections", "1")
                        .pool("max_db_client_connections", "2")
                        .start();
                var app = pooler.door().login(Door.Role.APP);
                var clerk = pooler.door().login(Door.Role.CLERK)) {
            // when
            var error = refusal(pooler.door(), Door.Role.OLD);

            // then
            assertThat(error.error()).isEqualTo("FATAL 53300 too many connections for database \"shop\"");
            pooler.reload(wish -> wish.pool("max_db_client_connections", "3"));
            assertThat(comesIn(pooler.door(), Door.Role.OLD)).isTrue();
            assertThat(app.asksOne("select 1") + clerk.asksOne("select 2")).isEqualTo("12");
        }
    }

    @Test
    void userIsFullAndOthersAreNot() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("max_user_client_connections", "5")
                        .app("max_user_client_connections", "1")
                        .start();
                var app = pooler.door().login(Door.Role.APP)) {
            // when
            var error = refusal(pooler.door(), Door.Role.APP);

            // then
            assertThat(error.error()).isEqualTo("FATAL 53300 too many connections for role \"app\"");
            assertThat(comesIn(pooler.door(), Door.Role.CLERK)).isTrue();
            assertThat(app.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void refusalComesBeforeAnyPassword() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .app("max_user_client_connections", "1")
                        .start();
                var app = pooler.door().login(Door.Role.APP);
                var next = pooler.door().connect()) {
            // when
            next.sends(startup(Map.of("user", "app", "database", Door.DATABASE)));

            // then
            assertThat(next.receives().sqlState()).isEqualTo("53300");
            assertThat(app.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void addressIsFullWhoeverAsks() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("max_address_client_connections", "2")
                        .start();
                var app = pooler.door().login(Door.Role.APP);
                var nobody = pooler.door().connect()) {
            nobody.sends(sslRequest());
            assertThat(nobody.receivesByte()).isEqualTo('N');

            // when
            var error = refusal(pooler.door(), Door.Role.CLERK);

            // then
            assertThat(error.error()).isEqualTo("FATAL 53300 too many connections from address \"127.0.0.1\"");
            assertThat(consoleAnswers(pooler.door())).isTrue();
            nobody.vanishes();
            Eventually.isTrue("the free place is taken", () -> comesIn(pooler.door(), Door.Role.CLERK));
            assertThat(app.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void everyKindOfEndGivesThePlaceBack() {
        // given
        int places = 3;
        List<Consumer<WireClient>> ends = new ArrayList<>();
        ends.add(client -> client.sends(terminate()).receivesToEnd());
        ends.add(WireClient::close);
        ends.add(WireClient::vanishes);
        ends.add(client -> {
            client.asks("begin");
            client.vanishes();
        });
        ends.add(client -> {
            client.sends(query("select pg_sleep(0.2)"));
            client.close();
        });
        ends.add(client -> {
            client.sends(query("select repeat('x', 1000) from generate_series(1, 100000)"));
            client.vanishes();
        });
        ends.add(client -> {
            client.sends(parse("p", "select 1"));
            client.close();
        });
        ends.add(client -> {
            client.sends(raw(new byte[] {'Q', 0, 0, 1, 0, 's'}));
            client.close();
        });
        ends.add(client -> client.sends(tagged('?', new byte[0])).receivesToEnd());
        ends.add(client -> {
            client.sends(query("select pg_terminate_backend(pg_backend_pid())"));
            client.receivesToEnd();
        });
        ends.add(client -> client.halfCloses().receivesToEnd());
        try (var pooler = PoolerFixture.wish()
                .general("max_connections", "" + places)
                .general("max_db_client_connections", "" + places)
                .general("max_user_client_connections", "" + places)
                .general("max_address_client_connections", "" + places)
                .start()) {
            for (var end : ends) {
                // when
                for (int i = 0; i < places; i++) {
                    Eventually.isTrue("there is a place", () -> {
                        var client = comes(pooler.door(), Door.Role.APP);
                        if (client != null) {
                            end.accept(client);
                            client.close();
                        }
                        return client != null;
                    });
                }
            }
            refusal(pooler.door(), "app", "wrong"); // and those that never came in

            // then
            List<WireClient> all = new ArrayList<>();
            Eventually.isTrue("all places are free", () -> {
                var client = comes(pooler.door(), Door.Role.APP);
                if (client != null) {
                    all.add(client);
                }
                return all.size() == places;
            });
            assertThat(comesIn(pooler.door(), Door.Role.APP)).isFalse();
            all.forEach(WireClient::close);
        }
    }

    private static boolean consoleAnswers(Door door) {
        try (var console =
                door.connect().loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of())) {
            return console.asks("show version").getFirst().tag() == 'T';
        }
    }

    private static Reply refusal(Door door, Door.Role role) {
        return refusal(door, role.user(), role.password());
    }

    private static Reply refusal(Door door, String user, String password) {
        try (var client = door.connect()) {
            var last = client.logsIn(user, password, Door.DATABASE, Map.of()).getLast();
            assertThat(last.tag()).isEqualTo('E');
            return last;
        }
    }

    private static boolean comesIn(Door door, Door.Role role) {
        try (var client = comes(door, role)) {
            return client != null;
        }
    }

    private static @Nullable WireClient comes(Door door, Door.Role role) {
        var client = door.connect();
        var last = client.logsIn(role.user(), role.password(), Door.DATABASE, Map.of())
                .getLast();
        if (last.tag() == 'Z') {
            return client;
        }
        client.close();
        return null;
    }
}
