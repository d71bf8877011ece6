package io.pgdoorman.pooler.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HandshakeGateTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static final long ALWAYS = Long.MAX_VALUE;

    private final HandshakeGate gate = new HandshakeGate();

    @Test
    void stormIsSpreadOverTime() {
        // when
        long last = 0;
        int atOnce = 0;
        for (int i = 0; i < 1000; i++) {
            last = gate.waitNanos(SECOND, 100, ALWAYS);
            atOnce += last == 0 ? 1 : 0;
        }

        // then: a tenth of a second's worth, and the last of a thousand after ten seconds
        assertThat(atOnce).isBetween(10, 11);
        assertThat(last).isBetween(SECOND * 98 / 10, SECOND * 10);
    }

    @Test
    void whoComesAfterAPauseDoesNotWait() {
        // given
        for (int i = 0; i < 200; i++) {
            gate.waitNanos(SECOND, 100, ALWAYS);
        }

        // when then
        assertThat(gate.waitNanos(4 * SECOND, 100, ALWAYS)).isZero();
        assertThat(gate.waitNanos(4 * SECOND, 0, ALWAYS)).isZero();
    }

    @Test
    void whoWouldComeTooLateTakesNobodysTurn() {
        // given: a storm of an hour's length
        for (int i = 0; i < 360_000; i++) {
            gate.waitNanos(SECOND, 100, 15 * SECOND);
        }

        // when
        long late = gate.waitNanos(SECOND, 100, 15 * SECOND);
        long later = gate.waitNanos(2 * SECOND, 100, 15 * SECOND);

        // then
        assertThat(late).isEqualTo(HandshakeGate.TOO_LATE);
        assertThat(later).isBetween(13 * SECOND, 15 * SECOND);
    }
}
