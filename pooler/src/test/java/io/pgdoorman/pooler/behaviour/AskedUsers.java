package io.pgdoorman.pooler.behaviour;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.util.List;
import java.util.Map;

/// Users whom PostgreSQL knows and no configuration, and a pooler that asks for them.
final class AskedUsers {
    static final String FIND = """
        create function find_user(wanted text, out usename text, out passwd text) returns setof record
        language plpgsql security definer set search_path = pg_catalog as $$
        begin
          insert into public.asked values (wanted);
          return query select rolname::text, rolpassword from pg_authid where rolname = wanted and rolcanlogin;
        end $$
        """;

    static final String FIND_SLOWLY = """
        create function find_slowly(wanted text) returns text
        language sql security definer set search_path = pg_catalog as $$
          select pg_sleep(0.5);
          select passwd from public.find_user(wanted)
        $$
        """;

    static {
        EmbeddedPg.shared()
                .does(
                        "create role elders",
                        "create role asker login password 'asker-secret'",
                        "create role together login password 'together-secret'",
                        "create table asked (name text)",
                        FIND,
                        FIND_SLOWLY);
    }

    private AskedUsers() {}

    static void role(String name, String password, String encryption) {
        EmbeddedPg.shared()
                .does("set password_encryption = '%s'; create role %s login password '%s'"
                        .formatted(encryption, name, password));
    }

    static void role(String name) {
        role(name, name + "-secret", "scram-sha-256");
    }

    static String query(String query, String more) {
        return "{query: \"" + query + "\", user: asker, password: asker-secret, min_interval: 0" + more + "}";
    }

    static String query(String more) {
        return query("select * from find_user($1)", more);
    }

    static PoolerFixture.Wish asking(String more) {
        return PoolerFixture.wish().pool("auth_query", query(more));
    }

    static String refusal(Door door, String user, String password) {
        return refusal(door, user, password, Door.DATABASE);
    }

    static String refusal(Door door, String user, String password, String database) {
        try (var client = door.connect()) {
            return client.logsIn(user, password, database, Map.of()).stream()
                    .filter(reply -> reply.tag() == 'E')
                    .map(Reply::error)
                    .findFirst()
                    .orElse("");
        }
    }

    static WireClient login(PoolerFixture pooler, String user, String password) {
        return pooler.door().connect().loggedIn(user, password, Door.DATABASE, Map.of());
    }

    static long askedFor(String user) {
        return Long.parseLong(EmbeddedPg.shared()
                .asks("select count(*) from asked where name = '" + user + "'")
                .getFirst());
    }

    /// The rows of an answer of the console, their columns separated by spaces.
    static List<String> console(PoolerFixture pooler, String command) {
        try (var console = Consoles.consoleOf(pooler)) {
            return console.asks(command).stream()
                    .filter(reply -> reply.tag() == 'D')
                    .map(reply -> String.join(" ", reply.columns()))
                    .toList();
        }
    }

    static boolean hasPool(PoolerFixture pooler, String user) {
        return console(pooler, "show pools").stream().anyMatch(row -> row.contains(" " + user + " "));
    }
}
