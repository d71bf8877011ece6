package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.gssencRequest;
import static io.pgdoorman.pooler.script.Message.sslRequest;
import static io.pgdoorman.pooler.script.Message.startup;
import static io.pgdoorman.pooler.script.Message.tagged;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoginIT {
    private static final Door POSTGRES = EmbeddedPg.shared().door();
    private static final PoolerFixture POOLER = PoolerFixture.wish().start();
    private static final ToBoth BOTH = new ToBoth(POSTGRES, POOLER.door());

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyRoleIsGreetedAsByPostgresql(Door.Role role) {
        // when then
        BOTH.playsOnStage(stage -> stage.login(role, Map.of()).asks("select current_user, session_user"));
    }

    @Test
    void startupParametersReachTheServer() {
        // when then
        BOTH.playsOnStage(stage -> {
            var client = stage.login(
                    Door.Role.APP,
                    Map.of(
                            "application_name", "shopfront",
                            "timezone", "Asia/Tokyo",
                            "DateStyle", "German",
                            "client_encoding", "LATIN1"));
            client.asks("select '2026-01-02 03:04:05Z'::timestamptz");
            client.asks("show application_name");
            client.asks("show client_encoding");
        });
    }

    @Test
    void emptyValueIsAValueToo() {
        // when then
        BOTH.playsOnStage(stage -> stage.login(Door.Role.APP, Map.of("application_name", "", "timezone", "UTC"))
                .asks("select current_setting('application_name') = '', current_setting('timezone')"));
    }

    @Test
    void namesMayBeOfAnyLanguage() throws SQLException {
        // given
        EmbeddedPg.shared().does("create database \"склад\" owner app");
        try (var pooler = PoolerFixture.wish()
                        .databases(List.of(Door.DATABASE, "склад"))
                        .user("josé", "jose-secret")
                        .start();
                var connection = DriverManager.getConnection(
                        pooler.door().jdbcUrl().replaceFirst("/[^/]*$", "/склад"), "josé", "jose-secret");
                var statement = connection.createStatement();
                // when
                var rows = statement.executeQuery("select current_database()")) {

            // then
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString(1)).isEqualTo("склад");
        } finally {
            EmbeddedPg.shared().does("drop database \"склад\" with (force)");
        }
    }

    @Test
    void optionsReachTheServer() {
        // when then
        BOTH.playsOnStage(stage -> {
            var client = stage.login(
                    Door.Role.APP, Map.of("options", "-c search_path=pg_catalog,public --statement-timeout=54321"));
            client.asks("show search_path");
            client.asks("show statement_timeout");
        });
    }

    @Test
    void parametersOfOneClientAreNotThoseOfTheNext() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var first = pooler.door().login(Door.Role.APP, Map.of("timezone", "Asia/Tokyo"));
                var second = pooler.door().login(Door.Role.APP, Map.of("timezone", "Europe/Oslo"));
                var third = pooler.door().login()) {
            for (int i = 0; i < 3; i++) {
                // when then
                assertThat(first.asksOne("show timezone")).isEqualTo("Asia/Tokyo");
                assertThat(second.asksOne("show timezone")).isEqualTo("Europe/Oslo");
                assertThat(third.asksOne("show timezone")).isEqualTo("UTC");
            }
        }
    }

    @Test
    void wrongPasswordGetsPostgresqlsAnswer() {
        // when
        var replies = refusal(POOLER.door(), "app", "wrong", Door.DATABASE);

        // then
        assertThat(replies).isEqualTo(refusal(POSTGRES, "app", "wrong", Door.DATABASE));
        assertThat(replies).containsExactly("FATAL 28P01 password authentication failed for user \"app\"");
    }

    @Test
    void wrongMd5PasswordGetsPostgresqlsAnswer() {
        // when
        var replies = refusal(POOLER.door(), "old", "wrong", Door.DATABASE);

        // then
        assertThat(replies).isEqualTo(refusal(POSTGRES, "old", "wrong", Door.DATABASE));
    }

    @Test
    void unknownUserLooksLikeAWrongPassword() {
        // given
        Door door = POOLER.door();

        // when
        var unknown = exchange(door, "nobody", Door.DATABASE);
        var known = exchange(door, "app", Door.DATABASE);

        // then
        assertThat(unknown).isEqualTo(known);
        assertThat(refusal(door, "nobody", "wrong", Door.DATABASE))
                .containsExactly("FATAL 28P01 password authentication failed for user \"nobody\"")
                .isEqualTo(refusal(POSTGRES, "nobody", "wrong", Door.DATABASE));
    }

    @Test
    void unknownDatabaseGetsPostgresqlsAnswer() {
        // when
        var replies = refusal(POOLER.door(), "app", "app-secret", "nowhere");

        // then
        assertThat(replies)
                .isEqualTo(refusal(POSTGRES, "app", "app-secret", "nowhere"))
                .containsExactly("FATAL 3D000 database \"nowhere\" does not exist");
    }

    @Test
    void databaseIsTheUsersNameWhereNoneIsGiven() {
        // given
        try (var client = POOLER.door().connect()) {
            // when
            client.sends(startup(Map.of("user", "app")));
            var asked = client.receives();

            // then
            assertThat(asked.tag()).isIn('R', 'E');
        }
    }

    @Test
    void encryptionIsDeclinedAndLoginGoesOn() {
        // when then
        BOTH.playsOnStage(stage -> {
            var client = stage.connect();
            client.sends(gssencRequest()).receivesByte();
            client.sends(sslRequest()).receivesByte();
            client.loggedIn("app", "app-secret", Door.DATABASE, Map.of());
            client.asks("select 1");
        });
    }

    @Test
    void wrongParameterValueIsRefusedAsByPostgresql() {
        // given
        Map<String, String> parameters = Map.of("DateStyle", "nonsense");

        // when
        var fromPooler = heard(POOLER.door(), client -> client.logsIn("app", "app-secret", Door.DATABASE, parameters));
        var fromPostgres = heard(POSTGRES, client -> client.logsIn("app", "app-secret", Door.DATABASE, parameters));

        // then
        assertThat(fromPooler.getLast().sqlState())
                .isEqualTo(fromPostgres.getLast().sqlState());
    }

    private static List<String> refusal(Door door, String user, String password, String database) {
        try (var client = door.connect()) {
            return client.logsIn(user, password, database, Map.of()).stream()
                    .filter(reply -> reply.tag() == 'E')
                    .map(Reply::error)
                    .toList();
        }
    }

    /// The kinds and lengths of what is asked of a user who gives a wrong password.
    private static List<String> exchange(Door door, String user, String database) {
        try (var client = door.connect()) {
            client.sends(startup(Map.of("user", user, "database", database)));
            var mechanisms = client.receives();
            client.sends(tagged('p', "SCRAM-SHA-256\0\0\0\0\16n,,n=,r=abcdef".getBytes(ISO_8859_1)));
            var challenge = client.receives();
            return List.of(
                    mechanisms.toString(),
                    challenge.body().replaceAll("r=[^,]*,s=[^,]*", "r,s"),
                    "" + challenge.body().length());
        }
    }

    private static List<Reply> heard(Door door, Consumer<WireClient> script) {
        try (var client = door.connect()) {
            script.accept(client);
            return client.transcript();
        }
    }
}
