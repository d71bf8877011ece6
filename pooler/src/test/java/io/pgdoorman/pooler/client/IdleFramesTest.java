package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pgdoorman.pooler.client.IdleFrames.Need;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.stats.StatementTally;
import io.pgdoorman.pooler.wire.PgError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IdleFramesTest {
    private final StatementMemory memory = new StatementMemory(Long.MAX_VALUE);
    private final ClientStatements statements = new ClientStatements(new StatementTally(memory));
    private final IdleFrames frames = new IdleFrames(
            statements, true, () -> Shortcuts.NONE, () -> Map.of("TimeZone", "UTC"), new PoolStats("db", "user"));
    private final EmbeddedChannel channel = new EmbeddedChannel();

    private Need looks(byte[] bytes) {
        return frames.look(Unpooled.copiedBuffer(bytes), new ChannelLine(channel));
    }

    private Need looks(Message message) {
        return looks(message.bytes());
    }

    private String answered() {
        channel.flush();
        var tags = new StringBuilder();
        ByteBuf out;
        while ((out = channel.readOutbound()) != null) {
            while (out.isReadable()) {
                tags.append((char) out.readByte());
                out.skipBytes(out.readInt() - 4);
            }
            out.release();
        }
        return tags.toString();
    }

    private void prepared(String name) {
        var statement = new StatementCache(0, 10, memory).intern(new byte[] {1}, 0, _ -> 0);
        var _ = statements.put(name.getBytes(StandardCharsets.UTF_8), statement);
    }

    @Test
    void answersSyncWithoutAServer() {
        // given
        // when
        var need = looks(Message.sync());

        // then
        assertThat(need).isEqualTo(Need.NOTHING);
        assertThat(answered()).isEqualTo("Z");
    }

    @Test
    void answersDiscardAllWithoutAServerAndForgetsWhatTheClientPrepared() {
        // given
        prepared("s");

        // when
        var need = looks(Message.query("DISCARD ALL;"));

        // then
        assertThat(need).isEqualTo(Need.NOTHING);
        assertThat(answered()).isEqualTo("CSZ");
        assertThat(statements.size()).isZero();
    }

    @Test
    void answersResetAllWithoutAServerAndKeepsWhatTheClientPrepared() {
        // given
        prepared("s");

        // when
        var need = looks(Message.query("reset all"));

        // then
        assertThat(need).isEqualTo(Need.NOTHING);
        assertThat(answered()).isEqualTo("CSZ");
        assertThat(statements.size()).isEqualTo(1);
    }

    @Test
    void needsAServerForAnotherReset() {
        // given
        // when
        var need = looks(Message.query("reset role"));

        // then
        assertThat(need).isEqualTo(Need.SERVER);
    }

    @Test
    void needsAServerForAQuery() {
        // given
        // when
        var need = looks(Message.query("select 1"));

        // then
        assertThat(need).isEqualTo(Need.SERVER);
    }

    @Test
    void halfOfASmallQueryNeedsNoServerYet() {
        // given
        byte[] query = Message.query("select 1").bytes();

        // when
        var need = looks(Arrays.copyOf(query, query.length - 1));

        // then
        assertThat(need).isEqualTo(Need.NOTHING);
    }

    @Test
    void beginningOfALongQueryNeedsAServer() {
        // given
        byte[] query = Message.query("x".repeat(100_000)).bytes();

        // when
        var need = looks(Arrays.copyOf(query, 5000));

        // then
        assertThat(need).isEqualTo(Need.SERVER);
    }

    @Test
    void seesTerminateAndNonsense() {
        // given
        // when
        var end = looks(Message.terminate());
        var nonsense = looks(Message.tagged('!', new byte[0]));

        // then
        assertThat(end).isEqualTo(Need.TERMINATE);
        assertThat(nonsense).isEqualTo(Need.VIOLATION);
        assertThat(frames.violation().sqlState()).isEqualTo("08P01");
    }

    @Test
    void refusesALengthOutOfBounds() {
        // given
        // when
        var need = looks(new byte[] {'Q', 0, 0, 0, 3});

        // then
        assertThat(need).isEqualTo(Need.VIOLATION);
    }

    @Test
    void copyDataNobodyWaitsForIsDroppedOverManyReads() {
        // given
        byte[] data = Message.copyData("x".repeat(100)).bytes();
        looks(Arrays.copyOf(data, 40));
        boolean inside = frames.isMidMessage();

        // when
        var need = looks(Arrays.copyOfRange(data, 40, data.length));

        // then
        assertThat(inside).isTrue();
        assertThat(need).isEqualTo(Need.NOTHING);
        assertThat(frames.isMidMessage()).isFalse();
    }

    @Test
    void refusedSimpleQueryGetsTheErrorAndReadyForQuery() {
        // given
        frames.refuseNext(PgError.error("53300", "busy"));

        // when
        var need = looks(Message.query("select 1"));
        var next = looks(Message.query("select 1"));

        // then
        assertThat(need).isEqualTo(Need.NOTHING);
        assertThat(answered()).isEqualTo("EZ");
        assertThat(next).isEqualTo(Need.SERVER);
    }

    @Test
    void refusedBatchIsSkippedUpToItsSync() {
        // given
        frames.refuseNext(PgError.error("53300", "busy"));

        // when
        looks(Message.parse("", "select 1"));
        looks(Message.bind(""));
        boolean skipping = frames.isMidMessage();
        looks(Message.sync());

        // then
        assertThat(skipping).isTrue();
        assertThat(answered()).isEqualTo("EZ");
    }

    @Test
    void forgetsADeallocatedStatementItself() {
        // given
        prepared("s");

        // when
        var need = looks(Message.query(" \r\n\tDeallocate \"s\";"));

        // then
        assertThat(need).isEqualTo(Need.NOTHING);
        assertThat(answered()).isEqualTo("CZ");
        assertThat(statements.size()).isZero();
    }

    @Test
    void leavesToPostgresWhatItDoesNotKnow() {
        // given
        // when
        var need = looks(Message.query("deallocate s"));

        // then
        assertThat(need).isEqualTo(Need.SERVER);
    }
}
