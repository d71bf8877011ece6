package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.bindPortal;
import static io.pgdoorman.pooler.script.Message.closePortal;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.copyFail;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.functionCall;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Dialogues that nobody thought of: random messages in random batches of several clients, the same to PostgreSQL and
/// to
/// the pooler. The seed in a failure plays it again.
///
/// No portal is used behind the Sync of its Bind: PostgreSQL 17.6 crashes when the unnamed portal of a transaction that
/// failed meanwhile is executed.
class RandomDialogueIT {
    private static final int SEEDS = Integer.getInteger("random.dialogues", 60);
    private static final int CLIENTS = 3;
    private static final int STEPS = 25;

    private static final String END = "end_of_batch";

    private static final String[] NAMES = {"", "a", "b", "c"};
    private static final String[] SQL = {
        "select 1",
        "select $1::int",
        "select 10 / ($1::int + (random() * 0)::int)",
        "select $1::text, $2::text",
        "selec",
        "select * from item where id = $1",
        "select * from item order by id",
        "select * from nowhere",
        "begin",
        "commit",
        "rollback",
        "savepoint s",
        "rollback to s",
        "set timezone to 'Asia/Tokyo'",
        "set local timezone to 'Europe/Oslo'",
        "show timezone",
        "copy (select 1, 2) to stdout",
        "do $$ begin raise notice 'n'; end $$",
        "",
        "select 'long ' || repeat('x', 9000)",
        "insert into item values (1, 'duplicate')",
        "values (1), (2), (3)",
        "deallocate all",
    };
    private static final String[] SIMPLE = {
        "select 1; select 1/0; select 3", "begin; select 2", "select 4; rollback", "select 1; select 2", ";",
    };

    private static final PoolerFixture POOLER =
            PoolerFixture.wish().poolSize(CLIENTS).deferredBegin().start();
    private static final PoolerFixture SMALL = PoolerFixture.wish()
            .deferredBegin()
            .poolSize(CLIENTS)
            .general("prepared_statements_cache_size", "3")
            .start();

    @BeforeAll
    static void makesTables() {
        EmbeddedPg.shared().does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        POOLER.close();
        SMALL.close();
    }

    @Test
    void randomDialoguesGetPostgresqlsAnswers() {
        play(POOLER, 1);
    }

    @Test
    void randomDialoguesGetPostgresqlsAnswersWithASmallCache() {
        play(SMALL, 100_001);
    }

    private static void play(PoolerFixture pooler, int firstSeed) {
        var both = new ToBoth(EmbeddedPg.shared().door(), pooler.door()).forgiving();
        for (int i = 0; i < SEEDS; i++) {
            int seed = firstSeed + i;
            List<List<Message>> steps = new ArrayList<>();
            try {
                // when then
                both.playsOnStage(stage -> {
                    List<WireClient> clients = new ArrayList<>();
                    for (int c = 0; c < CLIENTS; c++) {
                        clients.add(stage.login());
                    }
                    steps.clear();
                    dialogue(new Random(seed), clients, steps);
                });
            } catch (AssertionError | RuntimeException e) {
                var told = new StringBuilder("seed " + seed);
                for (int s = Math.max(0, steps.size() - 3 * CLIENTS); s < steps.size(); s++) {
                    told.append("\n  client ").append(s % CLIENTS).append(": ").append(steps.get(s));
                }
                throw new AssertionError(told.toString(), e);
            }
        }
    }

    private static void dialogue(Random random, List<WireClient> clients, List<List<Message>> steps) {
        for (int step = 0; step < STEPS * CLIENTS; step++) {
            var client = clients.get(step % CLIENTS);
            var batch = batch(random);
            steps.add(batch);
            client.sends(batch.toArray(Message[]::new));
            readsToTheEnd(client);
        }
    }

    /// One batch up to a Sync, which may ask for anything, and what marks its end whatever came of it.
    private static List<Message> batch(Random random) {
        List<Message> batch = new ArrayList<>();
        switch (random.nextInt(12)) {
            case 0 -> batch.add(query("deallocate all"));
            case 1 -> {
                batch.add(query("copy copied from stdin where false"));
                batch.add(copyData(random.nextInt(3) == 0 ? "broken\n" : "1\tone\n"));
                batch.add(random.nextInt(3) == 0 ? copyFail("random") : copyDone());
            }
            case 2, 3 -> simple(random, batch);
            default -> {
                for (int syncs = random.nextInt(4); syncs >= 0; syncs--) {
                    for (int n = random.nextInt(9); n >= 0; n--) {
                        add(random, batch);
                    }
                    if (random.nextInt(4) == 0) {
                        simple(random, batch);
                    }
                    if (syncs > 0) {
                        batch.add(sync());
                    }
                }
            }
        }
        batch.addAll(List.of(sync(), query(END)));
        return batch;
    }

    /// PostgreSQL looks for syntax errors even in a failed transaction, and nothing else has this one.
    private static void readsToTheEnd(WireClient client) {
        boolean ends;
        do {
            ends = client.receivesReady().stream()
                    .anyMatch(reply -> reply.tag() == 'E' && reply.field('M').contains(END));
        } while (!ends);
    }

    private static void add(Random random, List<Message> batch) {
        String name = NAMES[random.nextInt(NAMES.length)];
        String portal = random.nextInt(3) == 0 ? "p" : "";
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3 -> batch.add(parse(name, SQL[random.nextInt(SQL.length)]));
            case 4, 5, 6 -> {
                batch.add(bindPortal(portal, name, parameters(random)));
                batch.add(execute(portal, random.nextInt(3)));
            }
            case 7 -> batch.add(bind(name, parameters(random)));
            case 8 -> batch.add(describeStatement(name));
            case 9, 10 -> {
                batch.add(bindPortal(portal, name, parameters(random)));
                batch.add(describePortal(portal));
                batch.add(execute(portal, random.nextInt(3)));
                batch.add(execute(portal, 0));
            }
            case 11 -> batch.add(closeStatement(name));
            case 12 -> batch.add(closePortal(portal));
            default -> batch.add(flush());
        }
    }

    private static void simple(Random random, List<Message> batch) {
        switch (random.nextInt(4)) {
            case 0, 1 -> batch.add(query(SQL[random.nextInt(SQL.length)]));
            case 2 -> batch.add(query(SIMPLE[random.nextInt(SIMPLE.length)]));
            default -> batch.add(functionCall(random.nextBoolean() ? 177 : 154, "7", "" + random.nextInt(2)));
        }
    }

    private static String[] parameters(Random random) {
        String[] values = new String[random.nextInt(3)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(4) == 0 ? "x" : "" + random.nextInt(3);
        }
        return values;
    }
}
