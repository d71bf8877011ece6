package io.pgdoorman.pooler.cancel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CancelRegistryTest {
    private final CancelRegistry registry = new CancelRegistry();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    private void cancel(Runnable then) {
        cancelled.incrementAndGet();
        then.run();
    }

    @ParameterizedTest
    @ValueSource(ints = {CancelKey.SHORT_SECRET, CancelKey.LONG_SECRET})
    void rightKeyCancels(int length) {
        // given
        var key = registry.issue(this::cancel, length);

        // when
        registry.cancel(key.pid(), key.secret(), ended::incrementAndGet);

        // then
        assertThat(cancelled).hasValue(1);
        assertThat(ended).hasValue(1);
        assertThat(key.secret()).hasSize(length);
    }

    @Test
    void wrongOrForgottenKeyDoesNothing() {
        // given
        var key = registry.issue(this::cancel, CancelKey.LONG_SECRET);
        byte[] wrong = key.secret().clone();
        wrong[31] ^= 1;

        // when
        registry.cancel(key.pid(), wrong, ended::incrementAndGet);
        registry.cancel(key.pid(), Arrays.copyOf(key.secret(), 4), ended::incrementAndGet);
        registry.cancel(key.pid(), Arrays.copyOf(key.secret(), 256), ended::incrementAndGet);
        registry.cancel(key.pid(), new byte[0], ended::incrementAndGet);
        registry.cancel(key.pid() + 1, key.secret(), ended::incrementAndGet);
        registry.forget(key);
        registry.cancel(key.pid(), key.secret(), ended::incrementAndGet);

        // then
        assertThat(cancelled).hasValue(0);
        assertThat(ended).hasValue(6);
        assertThat(key.toString()).doesNotContain(Arrays.toString(key.secret()));
    }

    @Test
    void keysOfNeighboursTellNothingOfEachOther() {
        // when
        var pids = new HashSet<Integer>();
        for (int i = 0; i < 1000; i++) {
            pids.add(registry.issue(this::cancel, CancelKey.SHORT_SECRET).pid());
        }

        // then
        assertThat(pids).hasSize(1000).allMatch(pid -> pid > 0);
        assertThat(pids).filteredOn(pid -> pids.contains(pid + 1)).hasSizeLessThan(10);
    }
}
