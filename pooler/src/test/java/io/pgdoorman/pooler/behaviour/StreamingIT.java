package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.raw;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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
}
