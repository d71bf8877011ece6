package io.pgdoorman.pooler.cancel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancelRegistryTest {
    private final CancelRegistry registry = new CancelRegistry();
    private final AtomicInteger cancelled = new AtomicInteger();

    private static byte[] secret(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    @Test
    void rightKeyCancels() {
        // given
        var key = registry.issue(cancelled::incrementAndGet);

        // when
        registry.cancel(key.pid(), secret(key.secret()));

        // then
        assertThat(cancelled).hasValue(1);
    }

    @Test
    void wrongOrForgottenKeyDoesNothing() {
        // given
        var key = registry.issue(cancelled::incrementAndGet);

        // when
        registry.cancel(key.pid(), secret(key.secret() + 1));
        registry.cancel(key.pid(), new byte[8]);
        registry.cancel(key.pid() + 1, secret(key.secret()));
        registry.forget(key);
        registry.cancel(key.pid(), secret(key.secret()));

        // then
        assertThat(cancelled).hasValue(0);
        assertThat(key.toString()).doesNotContain(String.valueOf(key.secret()));
    }
}
