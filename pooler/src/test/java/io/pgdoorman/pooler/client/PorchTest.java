package io.pgdoorman.pooler.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class PorchTest {
    @Test
    void proofIsTakenOutOfTheBufferThatItCameIn() {
        // given
        var in = Unpooled.copiedBuffer("before secret behind", US_ASCII);
        in.skipBytes("before ".length());

        // when
        byte[] taken = Porch.takeSecret(in, "secret".length());

        // then
        assertThat(taken).asString(US_ASCII).isEqualTo("secret");
        assertThat(in.toString(US_ASCII)).isEqualTo(" behind");
        assertThat(in.toString(0, in.writerIndex(), US_ASCII)).isEqualTo("before \0\0\0\0\0\0 behind");
        in.release();
    }
}
