package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ExodusTest {
    private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);

    private static int due(int clients, Duration spread, Duration elapsed) {
        return Exodus.due(clients, spread, elapsed.toNanos());
    }

    @Test
    void manyAreAskedEvenlyOverTheSpread() {
        assertThat(due(3000, HALF_A_MINUTE, Duration.ZERO)).isEqualTo(1);
        assertThat(due(3000, HALF_A_MINUTE, Duration.ofSeconds(15))).isEqualTo(1501);
        assertThat(due(3000, HALF_A_MINUTE, Duration.ofMillis(29_995))).isEqualTo(3000);
    }

    @Test
    void fewDoNotWaitForTheWholeSpread() {
        assertThat(due(20, HALF_A_MINUTE, Duration.ofSeconds(1))).isEqualTo(11);
        assertThat(due(20, HALF_A_MINUTE, Duration.ofSeconds(2))).isEqualTo(20);
    }

    @Test
    void nobodyIsAskedTwiceOrMissing() {
        assertThat(due(0, HALF_A_MINUTE, Duration.ZERO)).isZero();
        assertThat(due(5, Duration.ZERO, Duration.ofMillis(1))).isEqualTo(5);
    }
}
