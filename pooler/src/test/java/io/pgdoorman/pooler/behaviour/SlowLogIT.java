package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The log of what is slow names the client, by the number that the console shows and takes.
class SlowLogIT {

    @BeforeAll
    static void roles() {
        EmbeddedPg.shared()
                .does(
                        "create role slow_asker login superuser password 'slow-asker-secret'",
                        "create role slow_found login password 'slow-found-secret'");
    }

    @Test
    void namesTheClientAsTheConsoleDoes() {
        try (var pooler = PoolerFixture.wish().general("log_slow_query", "20ms").start();
                var client = pooler.door().login(Door.Role.CLERK);
                var heard = HeardLog.of("slow", Level.WARN)) {
            var number = pooler.console("show clients", "client_id").getFirst().replace("#c", "");

            // when
            client.asks("select pg_sleep(0.1)");

            // then
            assertThat(heard.lines())
                    .anyMatch(line -> line.startsWith("slow query client=" + number + " database=shop user=clerk"));
        }
    }

    @Test
    void tellsOfUsersWhoWereLookedUpToo() {
        try (var pooler = PoolerFixture.wish()
                        .general("log_slow_query", "20ms")
                        .pool(
                                "auth_query",
                                "{query: \"select passwd from pg_catalog.pg_shadow where usename = $1\","
                                        + " user: slow_asker, password: slow-asker-secret}")
                        .start();
                var heard = HeardLog.of("slow", Level.WARN);
                var client =
                        pooler.door().connect().loggedIn("slow_found", "slow-found-secret", Door.DATABASE, Map.of())) {
            // when
            client.asks("select pg_sleep(0.1)");

            // then
            assertThat(heard.lines())
                    .anyMatch(line -> line.startsWith("slow query client=") && line.contains(" user=slow_found"));
        }
    }
}
