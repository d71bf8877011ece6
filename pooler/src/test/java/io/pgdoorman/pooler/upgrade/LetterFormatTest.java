package io.pgdoorman.pooler.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.client.Luggage;
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

class LetterFormatTest {
    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    static Stream<Letter> letters() {
        return Stream.of(
                new Letter.Hello(1, 2, "3.4"),
                new Letter.Listener("tcp 0.0.0.0:6432", true),
                new Letter.Prepared(List.of("tcp 0.0.0.0:6432", "unix /run/doorman")),
                new Letter.Prepared(List.of()),
                new Letter.Take(),
                new Letter.Holds("shop", "app", 7),
                client(),
                new Letter.Ready(7),
                new Letter.Refused(8, "no reason: ü"),
                new Letter.Go(Long.MAX_VALUE),
                new Letter.Cancel(9, -1, new byte[] {1, 2, 3, 4}),
                new Letter.Cancelled(9),
                new Letter.Done());
    }

    private static Letter.Client client() {
        return client("select 1\0\0\1\0\0\0\27".getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Letter.Client client(byte[] tail) {
        return new Letter.Client(
                3,
                true,
                new Luggage(
                        new Luggage.Person("shop", "app", "ann", "psql", 12_000_000_000L, -1),
                        new KnownParameters(
                                ParameterSet.of(Map.of("DateStyle", "German")),
                                Map.of("server_version", "17.1", "DateStyle", "German"),
                                ParameterSet.of(Map.of("DateStyle", "German", "TimeZone", "Asia/Tokyo")),
                                Map.of("TimeZone", "Asia/Tokyo")),
                        List.of(
                                new Luggage.Prepared(new byte[0], tail, 0, 0),
                                new Luggage.Prepared("S_1".getBytes(StandardCharsets.UTF_8), tail, -5, 1 << 16)),
                        new CancelKey(4711, new byte[] {9, 8, 7, 6})));
    }

    private static ByteBuf written(Letter letter) {
        var bytes = LetterFormat.written(letter, ALLOCATOR);
        return Objects.requireNonNull(bytes);
    }

    @ParameterizedTest
    @MethodSource("letters")
    void whatIsWrittenIsRead(Letter letter) throws IOException {
        // when
        var read = LetterFormat.read(written(letter));

        // then
        assertThat(read).usingRecursiveComparison().isEqualTo(letter);
    }

    @ParameterizedTest
    @MethodSource("letters")
    void halfALetterIsNone(Letter letter) {
        var whole = written(letter);
        for (int length = 0; length < whole.readableBytes(); length++) {
            var half = whole.slice(0, length);
            assertThatThrownBy(() -> LetterFormat.read(half)).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("letters")
    void bytesBehindALetterAreRefused(Letter letter) {
        var longer = written(letter).writeByte(0);

        assertThatThrownBy(() -> LetterFormat.read(longer)).hasMessageContaining("1 bytes are left");
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
                var read = LetterFormat.read(Unpooled.wrappedBuffer(changed));

                // then
                assertThat(read).isNotNull();
            } catch (IOException refused) {
                assertThat(refused).hasMessageMatching("(?s).+");
            }
        }
    }

    @Test
    void aCountThatCannotBeIsRefusedBeforeMemoryIsTaken() {
        // given: a million names in a letter of nine bytes
        var letter = Unpooled.buffer().writeByte('P').writeInt(1_000_000).writeInt(0);

        // then
        assertThatThrownBy(() -> LetterFormat.read(letter)).hasMessageContaining("4000000 bytes are announced");
    }

    @Test
    void aClientWithMoreThanALetterHoldsIsNotWritten() {
        var tail = new byte[Passage.MAX_LETTER];

        assertThat(LetterFormat.written(client(tail), ALLOCATOR)).isNull();
    }

    @Test
    void cancelKeysAreNotShown() {
        assertThat(new Letter.Cancel(1, 4711, new byte[] {1, 2, 3, 4}).toString())
                .doesNotContain("4711")
                .doesNotContain("3");
        assertThat(client().toString()).doesNotContain("[9");
    }
}
