package io.pgdoorman.pooler.gss;

import static io.pgdoorman.pooler.script.Message.password;
import static io.pgdoorman.pooler.script.Message.startup;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.DebianPg;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Psql;
import io.pgdoorman.pooler.script.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The method gss: psql with tickets of Debian's krb5, and Debian's PostgreSQL beside the pooler.
class GssIT {
    @TempDir
    static Path folder;

    private static final Map<String, Map<String, String>> TICKETS = new LinkedHashMap<>();
    private static final List<String> USERS = List.of("app", "clerk", "app/admin", "app@EXAMPLE.COM");
    private static final String MAPS = """
        people /^(.*)@EXAMPLE[.]COM$ \\1
        short app clerk
        short clerk "app/admin"
        """;

    /// By database.
    private static final Map<String, String> RULES = new TreeMap<>(Map.of(
            "d0", "gss",
            "d1", "gss include_realm=0",
            "d2", "gss map=people",
            "d3", "gss include_realm=0 map=short",
            "d4", "gss include_realm=0 krb_realm=EXAMPLE.COM",
            "d5", "gss include_realm=0 krb_realm=example.com",
            "d6", "gss include_realm=yes",
            "d7", "gss krb_realm=\"\" map=\"\""));

    private static Realm realm;

    @BeforeAll
    static void start() throws Exception {
        realm = new Realm(Files.createDirectories(folder.resolve("realm")));
        for (var principal : List.of("app", "clerk", "app/admin")) {
            realm.admin("addprinc -pw secret " + principal);
            TICKETS.put(principal, realm.ticketOf(principal));
        }
        TICKETS.put("none", realm.without());
    }

    @AfterAll
    static void stop() {
        realm.close();
    }

    private static PoolerFixture.Wish wish(String rules) {
        return PoolerFixture.wish()
                .serverPasswords()
                .general("krb_server_keyfile", realm.keytab().toString())
                .general("pg_hba", "\n    content: |-\n      " + rules);
    }

    private static Map<String, String> ticketOf(String name) {
        return TICKETS.getOrDefault(name, Map.of());
    }

    private static Psql psql(int port, String database, String user, Map<String, String> ticket) {
        return Psql.of(new Door(database, "localhost", port), user, "", "hostaddr=127.0.0.1 dbname=" + database)
                .in(ticket);
    }

    @Test
    void decidesAsPostgresDoes() throws Exception {
        // given
        var hba = new StringBuilder();
        RULES.forEach((database, rule) -> hba.append("host %s all all %s\n".formatted(database, rule)));
        Files.writeString(folder.resolve("ident"), MAPS);
        var wish = wish(hba.toString().strip().replace("\n", "\n      "))
                .databases(List.copyOf(RULES.keySet()))
                .general("pg_ident", "{path: " + folder.resolve("ident") + "}");
        wish.user("app/admin", "x").user("app@EXAMPLE.COM", "x");
        int accepted = 0;
        var differences = new TreeMap<String, String>();
        try (var postgres = new DebianPg(DebianPg.find().orElseThrow(), folder, hba.toString(), realm.environment());
                var pooler = wish.start()) {
            for (var user : USERS) {
                postgres.does("create role \"" + user + "\" login");
            }
            postgres.write("pg_ident.conf", MAPS);
            postgres.does("alter system set krb_server_keyfile = 'FILE:" + realm.keytab() + "'");
            postgres.does("select pg_reload_conf()");
            for (var database : RULES.keySet()) {
                postgres.does("create database " + database);
                for (var user : USERS) {
                    for (var ticket : TICKETS.keySet()) {
                        // when
                        var theirs = refusal(postgres.port(), database, user, ticket);
                        var ours = refusal(pooler.door().port(), database, user, ticket);
                        if (!ours.equals(theirs)) {
                            differences.put(
                                    "%s as %s with %s".formatted(RULES.get(database), user, ticket),
                                    theirs + " and " + ours);
                        }
                        accepted += ours.isEmpty() ? 1 : 0;
                    }
                }
            }
        }

        // then
        assertThat(differences).isEmpty();
        assertThat(accepted).isGreaterThan(12);
    }

    /// What GSSAPI or the server says against it; empty where the user came in.
    private static String refusal(int port, String database, String user, String ticket) {
        var said = psql(port, database, user, ticketOf(ticket)).run("");
        // libpq tries twice where the server takes encryption by GSSAPI
        var errors = said.errors().lines().findFirst().orElse("");
        int at = errors.indexOf("GSSAPI");
        assertThat(errors).doesNotContain("pg_hba");
        return at < 0 ? "" : errors.substring(at); // the pooler's PostgreSQL lacks what is let in here
    }

    @Test
    void aTicketLetsInWhoseItIs() throws Exception {
        // given
        try (var pooler = wish("host all all all gss include_realm=0").start()) {
            // when
            var said = psql(pooler.door().port(), Door.DATABASE, "app", ticketOf("app"))
                    .run("select current_user");
            var other = psql(pooler.door().port(), Door.DATABASE, "clerk", ticketOf("app"))
                    .run("select current_user");

            // then
            assertThat(said.output()).as(said.toString()).isEqualTo("app");
            assertThat(other.errors()).contains("GSSAPI authentication failed for user \"clerk\"");
        }
    }

    @Test
    void aNewKeyInTheKeytabCountsWithoutAReload() throws Exception {
        // given
        try (var pooler = wish("host all all all gss include_realm=0").start()) {
            realm.admin("ktadd -k " + realm.keytab() + " " + Realm.SERVICE);

            // when
            var said = psql(pooler.door().port(), Door.DATABASE, "app", realm.ticketOf("app"))
                    .run("select current_user");

            // then
            assertThat(said.output()).as(said.toString()).isEqualTo("app");
        }
    }

    @Test
    void anythingElseThanATicketIsRefusedAndHarmsNobody() throws Exception {
        // given
        var random = new Random(1);
        try (var pooler = wish("host all app all gss\n      host all all all scram-sha-256")
                .start()) {
            for (int i = 0; i < 60; i++) {
                var token = new ByteArrayOutputStream();
                token.writeBytes(i % 2 == 0 ? new byte[] {0x60} : new byte[0]);
                byte[] noise = new byte[i == 0 ? 0 : i == 1 ? 65_000 : random.nextInt(400)];
                random.nextBytes(noise);
                token.writeBytes(noise);
                try (var client = pooler.door().connect()) {
                    // when
                    client.sends(startup(Map.of("user", "app", "database", Door.DATABASE)));
                    assertThat(client.receives().tag()).isEqualTo('R');
                    client.sends(password(token.toByteArray()));

                    // then
                    assertThat(client.receivesToEnd())
                            .extracting(Reply::sqlState)
                            .containsExactly("28000");
                }
            }
            assertThat(pooler.door().login(Door.Role.CLERK).asksOne("select 1")).isEqualTo("1");
        }
    }
}
