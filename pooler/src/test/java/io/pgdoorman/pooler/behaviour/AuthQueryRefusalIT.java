package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.behaviour.AskedUsers.askedFor;
import static io.pgdoorman.pooler.behaviour.AskedUsers.asking;
import static io.pgdoorman.pooler.behaviour.AskedUsers.login;
import static io.pgdoorman.pooler.behaviour.AskedUsers.query;
import static io.pgdoorman.pooler.behaviour.AskedUsers.refusal;
import static io.pgdoorman.pooler.behaviour.AskedUsers.role;
import static io.pgdoorman.pooler.script.Message.startup;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Who stands in no list and does not come in, and what that costs PostgreSQL.
class AuthQueryRefusalIT {
    @Test
    void unknownUserSeesWhatAWrongPasswordWouldAndTheListGoesFirst() {
        // given
        try (var pooler = asking("").start()) {
            // when then
            assertThat(refusal(pooler.door(), "stranger", "x"))
                    .isEqualTo("FATAL 28P01 password authentication failed for user \"stranger\"");
            assertThat(refusal(pooler.door(), "app", "app-secret")).isEmpty();
            assertThat(askedFor("app")).isZero();
            var tooLong = "x".repeat(64);
            assertThat(refusal(pooler.door(), tooLong, "x")).startsWith("FATAL 28P01");
            assertThat(askedFor(tooLong)).isZero();
        }
    }

    @Test
    void unknownUserIsAskedAsAKnownOneIsAndAsManyQueriesAreMade() {
        // given
        role("real");
        role("aged", "aged-secret", "md5");
        for (var method : List.of("scram-sha-256", "md5", "password")) {
            try (var pooler = asking("")
                    .general("cleartext_passwords", "loopback")
                    .general("pg_hba", "{content: \"host all all all " + method + "\"}")
                    .start()) {
                refusal(pooler.door(), "real", "wrong");

                // when then
                assertThat(dialogue(pooler, "nobody1")).as(method).isEqualTo(dialogue(pooler, "real"));
                refusal(pooler.door(), "aged", "wrong");
                assertThat(dialogue(pooler, "nobody2")).as(method).isEqualTo(dialogue(pooler, "aged"));
                assertThat(askedFor("nobody2")).isPositive();
            }
        }
    }

    /// How the user is asked, what is said about a wrong password, and how often PostgreSQL was asked for that.
    private static List<String> dialogue(PoolerFixture pooler, String user) {
        refusal(pooler.door(), user, "wrong"); // so that each is remembered
        try (var client = pooler.door().connect()) {
            var asks = client.sends(startup(Map.of("user", user, "database", Door.DATABASE)))
                    .receives()
                    .body();
            long before = askedFor(user);
            var said = refusal(pooler.door(), user, "wrong").replace(user, "USER");
            return List.of(asks.length() + " " + asks.substring(0, 4), said, String.valueOf(askedFor(user) - before));
        }
    }

    @Test
    void consoleIsNotForThem() {
        // given
        role("curious");
        try (var pooler = asking("").start()) {
            // when then
            assertThat(refusal(pooler.door(), "curious", "curious-secret", "pgdoorman"))
                    .startsWith("FATAL 28P01");
            assertThat(askedFor("curious")).isZero();
        }
    }

    @Test
    void herdOfLoginsOfOneUserIsOneQuery() {
        // given
        int herd = 200;
        List<WireClient> clients = new ArrayList<>();
        try (var pooler = PoolerFixture.wish()
                .pool("auth_query", query("select find_slowly($1)", ""))
                .start()) {
            // when
            for (int i = 0; i < herd; i++) {
                clients.add(pooler.door().connect().sends(startup(Map.of("user", "bison", "database", Door.DATABASE))));
            }

            // then
            clients.forEach(client -> assertThat(client.receives().tag()).isEqualTo('R'));
            assertThat(askedFor("bison")).isEqualTo(1);
        } finally {
            clients.forEach(WireClient::close);
        }
    }

    @Test
    void faultyQueryIsNoUnknownUser() {
        // given
        try (var pooler = PoolerFixture.wish()
                .pool("auth_query", query("select usename, passwd from pg_shadow where usename = $1", ""))
                .start()) {
            // when then
            assertThat(refusal(pooler.door(), "nobody", "x"))
                    .isEqualTo("FATAL 58000 user \"nobody\" cannot be looked up at the moment");

            // when
            pooler.reload(wish -> wish.pool("auth_query", query("")));

            // then
            assertThat(refusal(pooler.door(), "nobody", "x")).startsWith("FATAL 28P01");

            // when
            pooler.reload(wish ->
                    wish.pool("auth_query", query("select 'a' passwd where $1 <> '' union all select 'b' passwd", "")));

            // then
            assertThat(refusal(pooler.door(), "nobody", "x")).startsWith("FATAL 58000");
        }
    }

    @Test
    void whilePostgresIsAwayNobodyCanBeLookedUpAndAfterwardsAllCan() {
        // given
        try (var node = PgNode.primary()) {
            node.does("postgres", "create role asker login superuser");
            node.does("postgres", "create role dora login password 'dora-secret'");
            try (var pooler = PoolerFixture.wish()
                    .pool("server_port", String.valueOf(node.port()))
                    .pool("auth_query", query("select rolpassword from pg_authid where rolname = $1", ""))
                    .start()) {
                assertThat(refusal(pooler.door(), "dora", "dora-secret")).isEmpty();
                assertThat(refusal(pooler.door(), "ghost", "x")).startsWith("FATAL 28P01");

                // when
                node.stop("fast");

                // then
                assertThat(refusal(pooler.door(), "other", "x")).startsWith("FATAL 58000");
                assertThat(refusal(pooler.door(), "dora", "wrong")).startsWith("FATAL 28P01"); // she is remembered

                // when
                node.start();

                // then
                Eventually.isTrue(
                        "users are looked up again",
                        () -> refusal(pooler.door(), "other", "x").startsWith("FATAL 28P01"));
                Eventually.isTrue(
                        "dora is in again",
                        () -> refusal(pooler.door(), "dora", "dora-secret").isEmpty());
            }
        }
    }

    @Test
    void noMoreUsersThanMaxUsersHavePoolsAtOnce() {
        // given
        role("one");
        role("two");
        try (var pooler = asking(", max_users: 1").start()) {
            try (var one = login(pooler, "one", "one-secret")) {
                assertThat(one.asksOne("select current_user")).isEqualTo("one");

                // when then
                assertThat(refusal(pooler.door(), "two", "two-secret"))
                        .isEqualTo("FATAL 53300 too many users of database \"shop\" at once");
            }
            Eventually.isTrue(
                    "the place of one is taken by two",
                    () -> refusal(pooler.door(), "two", "two-secret").isEmpty());
        }
    }
}
