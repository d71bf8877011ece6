package io.pgdoorman.pooler.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.client.HandedOverClient;
import io.pgdoorman.pooler.net.Passage;
import io.pgdoorman.pooler.relay.KnownParameters;
import io.pgdoorman.pooler.session.ParameterSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageCodecTest {
    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    static Stream<Message> messages() {
        return Stream.of(
                new Message.Hello(1, 2, "3.4"),
                new Message.Listener("tcp 0.0.0.0:6432", true),
                new Message.Prepared(List.of("tcp 0.0.0.0:6432", "unix /run/doorman")),
                new Message.Prepared(List.of()),
                new Message.Take(),
                new Message.Holds("shop", "app", 7),
                client(),
                new Message.Ready(7),
                new Message.Refused(8, "no reason: ü"),
                new Message.Go(Long.MAX_VALUE),
                new Message.Cancel(9, -1, new byte[] {1, 2, 3, 4}),
                new Message.Cancelled(9),
                new Message.Done());
    }

    private static Message.Client client() {
        return client("select 1\0\0\1\0\0\0\27".getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Message.Client client(byte[] tail) {
        return new Message.Client(
                3,
                true,
                new HandedOverClient(
                        new HandedOverClient.Person("shop", "app", "ann", "psql", 12_000_000_000L, -1),
                        new KnownParameters(
                                ParameterSet.of(Map.of("DateStyle", "German")),
                                Map.of("server_version", "17.1", "DateStyle", "German"),
                                ParameterSet.of(Map.of("DateStyle", "German", "TimeZone", "Asia/Tokyo")),
                                Map.of("TimeZone", "Asia/Tokyo")),
                        List.of(
                                new HandedOverClient.Prepared(new byte[0], tail, 0, 0),
                                new HandedOverClient.Prepared(
                                        "S_1".getBytes(StandardCharsets.UTF_8), tail, -5, 1 << 16)),
                        new CancelKey(4711, new byte[] {9, 8, 7, 6})));
    }

    private static ByteBuf written(Message message) {
        var bytes = MessageCodec.written(message, ALLOCATOR);
        return Objects.requireNonNull(bytes);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatIsWrittenIsRead(Message message) throws IOException {
        // when
        var read = MessageCodec.read(written(message));

        // then
        assertThat(read).usingRecursiveComparison().isEqualTo(message);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void halfAMessageIsNone(Message message) {
        var whole = written(message);
        for (int length = 0; length < whole.readableBytes(); length++) {
            var half = whole.slice(0, length);
            assertThatThrownBy(() -> MessageCodec.read(half)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void bytesBehindAMessageAreRefused(Message message) {
        var longer = written(message).writeByte(0);

        assertThatThrownBy(() -> MessageCodec.read(longer)).hasMessageContaining("1 bytes are left");
    }

    @Test
    void changedBytesNeverDoMoreThanBeRefused() {
        // given
        var random = new Random(20);
        var whole = ByteBufUtil.getBytes(written(client()));

        for (int i = 0; i < 20_000; i++) {
            var changed = whole.clone();
            for (int k = random.nextInt(1, 4); k > 0; k--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            try {
                // when
                var read = MessageCodec.read(Unpooled.wrappedBuffer(changed));

                // then
                assertThat(read).isNotNull();
            } catch (IOException refused) {
                assertThat(refused).hasMessageMatching("(?s).+");
            }
        }
    }

    @Test
    void aCountThatCannotBeIsRefusedBeforeMemoryIsTaken() {
        // given: a million names in a message of nine bytes
        var message = Unpooled.buffer().writeByte('P').writeInt(1_000_000).writeInt(0);

        // then
        assertThatThrownBy(() -> MessageCodec.read(message)).hasMessageContaining("4000000 bytes are announced");
    }

    @Test
    void aClientWithMoreThanAMessageHoldsIsNotWritten() {
        var tail = new byte[Passage.MAX_MESSAGE];

        assertThat(MessageCodec.written(client(tail), ALLOCATOR)).isNull();
    }

    @Test
    void cancelKeysAreNotShown() {
        assertThat(new Message.Cancel(1, 4711, new byte[] {1, 2, 3, 4}).toString())
                .doesNotContain("4711")
                .doesNotContain("3");
        assertThat(client().toString()).doesNotContain("[9");
    }
}
