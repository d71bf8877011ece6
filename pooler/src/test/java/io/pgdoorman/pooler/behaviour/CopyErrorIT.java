package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.raw;
import static io.pgdoorman.pooler.script.Message.sync;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A COPY that PostgreSQL refuses while its client is in the middle of a message.
class CopyErrorIT {
    private static final PoolerFixture POOLER = PoolerFixture.wish().poolSize(1).start();
    private static final String COPY = "copy copied from stdin";
    private static final byte[] MANY = copyData("2\ttwo\n".repeat(5_000)).bytes();
    private static final int CUT = 1_000;

    @BeforeAll
    static void makesTables() {
        EmbeddedPg.shared().does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    private static Message head() {
        return raw(Arrays.copyOf(MANY, CUT));
    }

    private static Message rest() {
        return raw(Arrays.copyOfRange(MANY, CUT, MANY.length));
    }

    @Test
    void whatIsAskedForTheClientsSakeWaitsForTheEndOfItsMessage() {
        same(client -> {
            client.sends(parse("s", COPY), sync()).receivesReady();
            // As drivers do that send no Flush: PostgreSQL ignores this Sync.
            client.sends(bind("s"), execute(), sync()).receivesUntil('G');
            client.sends(copyData("no number\tone\n"), head()).receivesUntil('E');
            client.sends(rest(), copyDone(), sync()).receivesReady();
            client.asks("select 1");
        });
    }

    @Test
    void soItIsInAQueryWithASyncBehindIt() {
        same(client -> {
            client.sends(query(COPY), sync()).receivesUntil('G');
            client.sends(copyData("no number\tone\n"), head()).receivesUntil('E');
            client.sends(rest(), copyDone()).receivesReady();
            client.asks("select 1");
        });
    }

    private static void same(Consumer<WireClient> script) {
        new ToBoth(EmbeddedPg.shared().door(), POOLER.door()).plays(script);
    }
}
