package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.raw;
import static io.pgdoorman.pooler.script.Message.sync;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is larger than memory should be held passes in pieces, both ways, and a slow reader slows the sender.
class StreamingIT {
    private static final PoolerFixture POOLER = PoolerFixture.wish().poolSize(2).start();

    @BeforeAll
    static void makesTables() {
        EmbeddedPg.shared().does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @Test
    void slowReaderSlowsTheServerInsteadOfFillingMemory() {
        // given
        try (var slow = POOLER.door().login();
                var other = POOLER.door().login()) {
            slow.sends(query("select repeat('x', 1000000) from generate_series(1, 200)"));
            slow.receives();

            // when
            long before = Memory.used();
            for (int i = 0; i < 20; i++) {
                assertThat(other.asksOne("select " + i)).isEqualTo("" + i);
            }
            long grown = Memory.used() - before;

            // then
            assertThat(grown).isLessThan(48L << 20);
            assertThat(slow.receivesReady()).hasSize(202);
        }
    }

    @Test
    void slowServerSlowsTheWriterInsteadOfFillingMemory() throws Exception {
        // given
        try (var locker = EmbeddedPg.shared().door().login();
                var writer = POOLER.door().login();
                var thread = Executors.newSingleThreadExecutor()) {
            locker.asks("begin; lock table copied");
            writer.asks("begin");
            writer.sends(query("copy copied (name) from stdin"));
            String row = "y".repeat(999_999) + "\n";
            long before = Memory.used();

            // when
            var sending = thread.submit(() -> {
                for (int i = 0; i < 200; i++) {
                    writer.sends(copyData(row));
                }
                writer.sends(copyDone());
            });
            writer.hearsNothingFor(1000);
            long grown = Memory.used() - before;
            locker.asks("rollback");
            sending.get();
            var replies = writer.receivesReady();
            writer.asks("rollback");

            // then
            assertThat(grown).isLessThan(48L << 20);
            assertThat(replies.get(1).body()).isEqualTo("COPY 200\0");
        }
    }

    @Test
    void hugeQueryPassesInPieces() {
        // given
        byte[] head = "select length('".getBytes(US_ASCII);
        byte[] tail = "')\0".getBytes(US_ASCII);
        byte[] chunk = "z".repeat(1 << 20).getBytes(US_ASCII);
        try (var client = POOLER.door().login()) {
            int length = 4 + head.length + 100 * chunk.length + tail.length;

            // when
            client.sends(
                    raw(ByteBuffer.allocate(5).put((byte) 'Q').putInt(length).array()), raw(head));
            long before = Memory.used();
            for (int i = 0; i < 100; i++) {
                client.sends(raw(chunk));
            }
            long grown = Memory.used() - before;
            client.sends(raw(tail));

            // then
            assertThat(client.receivesReady().get(1).firstColumn()).isEqualTo("104857600");
            assertThat(grown).isLessThan(48L << 20);
        }
    }

    @Test
    void hugeRowComesInPieces() {
        // given
        try (var client = POOLER.door().login()) {
            // when
            var replies = client.asks("select repeat('r', 150000000)");

            // then
            assertThat(replies.get(1).body()).hasSize(150_000_006);
        }
    }

    /// It is kept by no one but its server, which stays with the client until the statement goes.
    @ParameterizedTest
    @ValueSource(strings = {"", "huge"})
    void hugeParsePassesInPieces(String name) {
        // given
        int length = 80_000_000;
        var text = "select length('" + "x".repeat(length) + "'), $1::int";
        try (var client = POOLER.door().login().patience(Duration.ofSeconds(60));
                var other = POOLER.door().login()) {
            var parse = parse(name, text);
            long before = Memory.used();

            // when
            client.sends(parse, describeStatement(name), sync());
            var described = client.receivesReady();
            long grown = Memory.used() - before;
            client.sends(bind(name, "1"), execute(), sync());
            var first = client.receivesReady();
            client.sends(bind(name, "2"), execute(), closeStatement(name), sync());
            var second = client.receivesReady();

            // then
            assertThat(described).extracting(Reply::tag).containsExactly('1', 't', 'T', 'Z');
            assertThat(grown).isLessThan(48L << 20);
            assertThat(first.get(1).firstColumn()).isEqualTo("" + length);
            assertThat(second).extracting(Reply::tag).containsExactly('2', 'D', 'C', '3', 'Z');
            assertThat(client.sends(bind(name, "3"), sync())
                            .receivesReady()
                            .getFirst()
                            .error())
                    .startsWith("ERROR 26000");
            assertThat(other.asksOne("select count(*) from pg_prepared_statements where name = 'huge'"))
                    .isEqualTo("0");
            try (var third = POOLER.door().login()) {
                other.asks("begin; select 1");
                assertThat(third.asksOne("select 'both servers serve others'")).startsWith("both");
                other.asks("rollback");
            }
        }
    }

    @Test
    void hugeValueOfABindPassesInPieces() {
        // given
        try (var client = POOLER.door().login()) {
            client.sends(parse("huge", "select length($1::bytea)"), sync()).receivesReady();
            byte[] head = "\0huge\0\0\1\0\1\0\1".getBytes(US_ASCII);

            // when
            long grown = sendsHuge(client, 'B', new Body(head, 100 << 20, new byte[] {0, 0}));
            client.sends(execute(), sync());

            // then
            assertThat(client.receivesReady().get(1).firstColumn()).isEqualTo("" + (100 << 20));
            assertThat(grown).isLessThan(48L << 20);
        }
    }

    @Test
    void hugeCopyDataPassesInPieces() {
        // given
        try (var client = POOLER.door().login()) {
            client.asks("begin");
            client.sends(query("copy copied (name) from stdin")).receives();

            // when
            long grown = sendsHuge(client, 'd', new Body(new byte[0], 100 << 20, new byte[] {'\n'}));
            client.sends(copyDone());

            // then
            assertThat(client.receivesReady().getFirst().body()).isEqualTo("COPY 1\0");
            assertThat(grown).isLessThan(48L << 20);
            client.asks("rollback");
        }
    }

    @Test
    void hugeRowAndCopyDataWaitAtTheServerForTheirReader() {
        for (var sql :
                new String[] {"select repeat('r', 150000000)", "copy (select repeat('r', 150000000)) to stdout"}) {
            try (var client = POOLER.door().login()) {
                // when
                long before = Memory.used();
                client.sends(query(sql)).receives();
                client.hearsNothingFor(20_000);
                long grown = Memory.used() - before;

                // then
                assertThat(grown).isLessThan(48L << 20);
            }
        }
    }

    @Test
    void whoVanishesWithinHisCopyLeavesNothingBehind() {
        // given
        for (var way : new String[] {"vanish", "close"}) {
            var client = POOLER.door().login();
            client.sends(query("copy copied (name) from stdin")).receives();
            client.sends(copyData("left behind\n"), raw(new byte[] {'d', 0, 0, 1}));

            // when
            if (way.equals("vanish")) {
                client.vanishes();
            } else {
                client.close();
            }

            // then
            for (int i = 0; i < 4; i++) {
                try (var next = POOLER.door().login()) {
                    assertThat(next.asksOne("select count(*) from copied where name = 'left behind'"))
                            .isEqualTo("0");
                }
            }
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    private record Body(byte[] head, int zeros, byte[] tail) {}

    /// Sends a message with megabytes of `0` between its head and its tail, after their length where a head asks for
    /// it.
    ///
    /// @return what this JVM held more just before the end
    private static long sendsHuge(WireClient client, char tag, Body body) {
        boolean counted = body.head.length > 0;
        int length = 4 + body.head.length + (counted ? 4 : 0) + body.zeros + body.tail.length;
        client.sends(raw(ByteBuffer.allocate(5).put((byte) tag).putInt(length).array()), raw(body.head));
        if (counted) {
            client.sends(raw(ByteBuffer.allocate(4).putInt(body.zeros).array()));
        }
        byte[] chunk = "0".repeat(1 << 20).getBytes(US_ASCII);
        long before = Memory.used();
        for (int i = 0; i < body.zeros >> 20; i++) {
            client.sends(raw(chunk));
        }
        long grown = Memory.used() - before;
        client.sends(raw(body.tail));
        return grown;
    }
}
