package io.pgdoorman.pooler.dialogue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Scripts that nobody thought of: random messages, valid and not, of several clients in random batches.
///
/// No portal is used behind the Sync of its Bind: PostgreSQL 17.6 crashes when the unnamed portal of a
/// transaction that failed meanwhile is executed.
final class RandomScript {
    /// PostgreSQL looks for syntax errors even in a failed transaction, and nothing else has this one.
    private static final String END = "end_of_batch";

    /// So many kinds of scripts there are.
    static final int KINDS = 8;

    /// What a text that adds an item contains.
    static final String ADDS = "900";

    private static final String[] NAMES = {"\"\"", "a", "b", "c"};
    private static final String[] SQL = {
        "select 1",
        "select $1::int",
        "select 10 / ($1::int + (random() * 0)::int)", // not constant: a generic plan fails at Execute, not at Bind
        "select $1::text, $2::text",
        "selec",
        "select * from item where id = $1",
        "select * from item order by id",
        "select * from nowhere",
        "set timezone to 'Asia/Tokyo'",
        "show timezone",
        "copy (select 1, 2) to stdout",
        "do $$ begin raise notice 'n'; end $$",
        "",
        "select 'long ' || repeat('x', 9000)",
        "insert into item values (1, 'duplicate')",
        "insert into item values (900 + (random() * 0)::int, 'new') on conflict do nothing",
        "values (1), (2), (3)",
        "deallocate all",
        "select from item",
        "deallocate b",
        "/* a comment */ update item set name = $2 where id = $1::int + 5000",
        "-- a line\nset local timezone to 'Asia/Tokyo'",
        "select id into pg_catalog.copies from item where id = $1",
        "create temp table more_items on commit drop as select $1::int as id",
        "declare d cursor for select $1::int",
        "; /* nothing */ ;",
    };
    private static final String[] TRANSACTIONS = {
        "begin", "commit", "rollback", "savepoint s", "rollback to s", "set local timezone to 'Europe/Oslo'", "begin",
    };
    private static final String[] SEVERAL = {
        "select 1; select 1/0; select 3",
        "begin; select 2; commit",
        "select 4; rollback",
        "select 1; select 2",
        ";",
        "begin;",
        "deallocate all",
        "reset all",
    };
    private static final String[] BY_NAME = {
        "execute a", "execute b(1)", "execute c(1, 2); select 1", "select 1; deallocate a; select 2", "deallocate b",
    };
    private static final String[] BROKEN = {
        "message B \"\\0\\0\\0\"",
        "message B \"\"",
        "message P \"name\"",
        "message P \"\\0select 1\\0\\0\\x02\\0\\0\\0\\x17\"",
        "message D \"X\\0\"",
        "message D \"S\"",
        "message C \"Sname\"",
        "message E \"\\0\"",
        "message E \"p\\0\\0\\0\"",
        "message F \"\\0\\0\"",
        "message B \"\\0a\\0\\0\\x01\\0\\x09\\0\\x01\\x7f\\xff\\xff\\xff\"",
        "bind params=7 a 1",
        "bind results=1,0,1 a",
        "parse a \"select $1\" 4711",
        "parse \"a_name_of_more_than_the_sixty_three_bytes_that_postgresql_keeps_of_it\" \"select 1\"",
    };

    private final Random random;
    private final boolean transactions;
    private final List<String> lines = new ArrayList<>();

    private RandomScript(long seed, boolean transactions) {
        this.random = new Random(seed);
        this.transactions = transactions;
    }

    /// The script of a seed. Its kind, which says what the pooler is like, goes round with the seeds. Where
    /// clients hold transactions over steps there are servers enough, else they share one.
    static Script of(long seed) {
        int kind = Math.floorMod(seed, KINDS);
        boolean transactions = kind >= KINDS / 2;
        boolean isOfSession = kind % 4 == 3;
        boolean cachesFew = kind % 4 == 1;
        var made = new RandomScript(seed, transactions);
        int clients = 1 + made.random.nextInt(3);
        boolean isLong = made.random.nextInt(8) == 0; // most are short: what goes wrong needs few words
        int steps = clients * (isLong ? 2 + made.random.nextInt(8) : 1 + made.random.nextInt(3));
        for (int i = 0; i < steps; i++) {
            made.step((char) ('A' + made.random.nextInt(clients)));
        }
        Map<String, String> headers = new TreeMap<>();
        headers.put("servers", transactions ? "3" : "1");
        headers.put("modes", isOfSession ? "session" : "transaction");
        if (cachesFew) {
            headers.put("setting prepared_statements_cache_size", "3");
        }
        return new Script(
                "seed-" + seed,
                headers,
                ScriptReader.read("seed-" + seed, made.lines).steps());
    }

    private void step(char client) {
        List<String> batch = new ArrayList<>();
        if (random.nextInt(60) == 0) {
            lines.add(client + ": login");
        }
        if (random.nextInt(10) == 0) {
            copyIn(batch);
        } else {
            for (int syncs = random.nextInt(4); syncs >= 0; syncs--) {
                for (int n = random.nextInt(8); n > 0; n--) {
                    extended(batch);
                }
                if (random.nextInt(4) == 0) {
                    simple(batch);
                }
                if (syncs > 0) {
                    batch.add("sync");
                }
            }
        }
        batch.addAll(List.of("sync", "query " + END, "ready-of " + END));
        lines.add(client + ": " + String.join(" | ", batch));
    }

    private void copyIn(List<String> batch) {
        boolean simple = random.nextBoolean();
        if (simple) {
            batch.add("query \"copy copied from stdin where false\"");
        } else {
            batch.addAll(List.of("parse \"\" \"copy copied from stdin where false\"", "bind \"\"", "execute"));
        }
        boolean broken = random.nextInt(3) == 0;
        for (int n = random.nextInt(4); n > 0; n--) {
            batch.add(broken && random.nextBoolean() ? "copy-data \"broken\\n\"" : "copy-data \"1\\tone\\n\"");
        }
        if (random.nextInt(6) == 0) {
            batch.add(random.nextBoolean() ? "sync" : "flush");
        }
        batch.add(random.nextInt(3) == 0 ? "copy-fail \"random\"" : "copy-done");
    }

    private void extended(List<String> batch) {
        String name = one(NAMES);
        String portal = random.nextInt(3) == 0 ? "p" : "";
        String bind = "bind " + (portal.isEmpty() ? "" : "portal=" + portal + " ") + name + values();
        String execute = "execute " + (portal.isEmpty() ? "\"\"" : portal) + " ";
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> batch.add("parse " + name + " " + Word.quote(sql()));
            case 4, 5, 6 -> batch.addAll(List.of(bind, execute + random.nextInt(3)));
            case 7 -> batch.add(bind);
            case 8 -> batch.add("describe statement " + name);
            case 9, 10 ->
                batch.addAll(List.of(
                        bind,
                        "describe portal " + (portal.isEmpty() ? "\"\"" : portal),
                        execute + random.nextInt(3),
                        execute + 0));
            case 11 -> batch.add("close statement " + name);
            case 12 -> batch.add("close portal " + (portal.isEmpty() ? "\"\"" : portal));
            case 13 -> batch.add(one(BROKEN));
            default -> batch.add("flush");
        }
    }

    private void simple(List<String> batch) {
        switch (random.nextInt(6)) {
            case 5 -> batch.add("query " + Word.quote(one(BY_NAME)));
            case 0, 1 -> batch.add("query " + Word.quote(sql()));
            case 2 -> batch.add("query " + Word.quote(transactions ? one(SEVERAL) : SEVERAL[random.nextInt(2)]));
            case 3 -> batch.add("sync | sync");
            default -> batch.add("call " + (random.nextBoolean() ? 177 : 154) + " 7 " + random.nextInt(2));
        }
    }

    private String sql() {
        return transactions && random.nextInt(3) == 0 ? one(TRANSACTIONS) : one(SQL);
    }

    private String values() {
        var values = new StringBuilder();
        for (int n = random.nextInt(3); n > 0; n--) {
            values.append(
                    switch (random.nextInt(5)) {
                        case 0 -> " x";
                        case 1 -> " null";
                        default -> " " + random.nextInt(3);
                    });
        }
        return values.toString();
    }

    private String one(String[] all) {
        return all[random.nextInt(all.length)];
    }
}
