package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class NetworkMemoryTest {
    private static final int MIB = 1 << 20;

    @Test
    void countsBuffersWhoeverAllocatesThem() {
        // given
        long before = NetworkMemory.used();
        var buffer = Unpooled.directBuffer(16 * MIB);
        try {
            // when
            long used = NetworkMemory.used();

            // then
            assertThat(used - before).isGreaterThan(8 * MIB); // others may give some back meanwhile
            assertThat(NetworkMemory.limit()).isGreaterThan(used);
        } finally {
            buffer.release();
        }
    }
}
