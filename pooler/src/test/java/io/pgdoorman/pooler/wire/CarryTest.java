package io.pgdoorman.pooler.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CarryTest {
    private final Carry carry = new Carry();

    @AfterEach
    void releases() {
        carry.release();
    }

    @Test
    void putsTheRestBeforeWhatComesNext() {
        // given
        var first = text("one,tw");
        carry.keep(carry.join(first), 4);

        // when
        var joined = carry.join(text("o,"));

        // then
        assertThat(joined.toString(StandardCharsets.US_ASCII)).isEqualTo("two,");
        assertThat(first.refCnt()).isZero();
        assertThat(carry.isEmpty()).isTrue();
        carry.keep(joined, joined.writerIndex());
        assertThat(joined.refCnt()).isZero();
        assertThat(carry.size()).isZero();
    }

    @Test
    void messageThatGrowsStaysInItsBuffer() {
        // given
        carry.keep(carry.join(text("a")), 0);
        var own = carry.join(text("b"));

        // when
        carry.keep(own, 0);

        // then
        assertThat(carry.join(text("c"))).isSameAs(own);
        carry.keep(own, 0);
        assertThat(carry.size()).isEqualTo(3);
    }

    @Test
    void messagesThatAreCutForEverDoNotGrowIt() {
        for (int i = 0; i < 100; i++) {
            // when
            var in = carry.join(text("c".repeat(100)));
            in.skipBytes(in.readableBytes() - 1);
            carry.keep(in, in.readerIndex());
        }

        // then
        var rest = Objects.requireNonNull(carry.take());
        assertThat(rest.capacity()).isLessThan(1024);
        rest.release();
    }

    @Test
    void largeBufferIsNotKeptForAFewBytes() {
        // given
        var large = Unpooled.buffer(1 << 16).writeZero(1 << 16);

        // when
        carry.keep(carry.join(large), large.writerIndex() - 3);

        // then
        assertThat(large.refCnt()).isZero();
        var rest = Objects.requireNonNull(carry.take());
        assertThat(rest.capacity()).isLessThan(1024);
        rest.release();
    }

    @Test
    void bufferThatASocketReadsIsNotTouched() {
        // given
        var passed = text("abc").retain();

        // when
        carry.keep(carry.join(passed), 3);

        // then
        assertThat(passed.readerIndex()).isZero();
        assertThat(passed.refCnt()).isEqualTo(1);
        passed.release();
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
