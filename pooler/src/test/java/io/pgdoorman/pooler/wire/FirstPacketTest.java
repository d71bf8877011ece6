package io.pgdoorman.pooler.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.script.Message;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FirstPacketTest {
    private static ByteBuf packet(Message message) {
        return Unpooled.copiedBuffer(message.bytes());
    }

    @Test
    void readsAStartupPacket() throws ProtocolException {
        // given
        var packet = packet(Message.startup(0x30002, Map.of("user", "app")));

        // when
        var read = FirstPacket.read(packet);

        // then
        assertThat(read).isEqualTo(new FirstPacket.Startup(2, Map.of("user", "app")));
        assertThat(((FirstPacket.Startup) read).database()).isEqualTo("app");
    }

    @Test
    void readsTheRequestsThatComeBeforeIt() throws ProtocolException {
        // given
        // when
        // then
        assertThat(FirstPacket.read(packet(Message.sslRequest()))).isInstanceOf(FirstPacket.SslRequest.class);
        assertThat(FirstPacket.read(packet(Message.gssencRequest()))).isInstanceOf(FirstPacket.GssEncRequest.class);
        assertThat(FirstPacket.read(packet(Message.cancelRequest(new byte[8]))))
                .isInstanceOf(FirstPacket.CancelRequest.class);
    }

    @Test
    void refusesLengthsOutOfBounds() {
        // given
        // when
        // then
        for (int length : new int[] {-1, 0, 7, 10_005, Integer.MAX_VALUE}) {
            assertThat(FirstPacket.length(Unpooled.buffer().writeInt(length))).isEqualTo(-1);
        }
        for (int length : new int[] {8, 10_004}) {
            assertThat(FirstPacket.length(Unpooled.buffer().writeInt(length))).isEqualTo(length);
        }
    }

    @Test
    void anyBytesAreReadOrRefused() {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            // given
            var bytes = new byte[4 + random.nextInt(40)];
            random.nextBytes(bytes);
            var packet = Unpooled.wrappedBuffer(bytes);
            if (bytes.length >= 8) {
                packet.setInt(4, new int[] {0x30000, 80877102, 80877103, random.nextInt()}[random.nextInt(4)]);
            } else {
                continue;
            }

            // when
            try {
                var _ = FirstPacket.read(packet);
            } catch (ProtocolException refused) {
                // then
                assertThat(refused.error().isFatal()).isTrue();
            }
        }
    }

    @Test
    void fieldsOfAnErrorAreFoundAndBrokenOnesAreEmpty() {
        // given
        var body = Unpooled.copiedBuffer("SERROR\0C42601\0Moops\0\0", StandardCharsets.US_ASCII);

        // when
        var state = ErrorFields.field(body, 0, body.readableBytes(), 'C');
        var absent = ErrorFields.field(body, 0, body.readableBytes(), 'D');
        var cut = ErrorFields.field(body, 0, 10, 'C');

        // then
        assertThat(state).isEqualTo("42601");
        assertThat(absent).isEmpty();
        assertThat(cut).isEmpty();
    }

    @Test
    void stringsEndAtTheirNulOrAreRefused() throws ProtocolException {
        // given
        var message = Unpooled.copiedBuffer("ab\0c", StandardCharsets.US_ASCII);

        // when
        var first = CString.read(message);

        // then
        assertThat(first).isEqualTo("ab");
        assertThatThrownBy(() -> CString.read(message)).isInstanceOf(ProtocolException.class);
        assertThat(CString.end(message, 4, 4)).isEqualTo(-1);
    }
}
