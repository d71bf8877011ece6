package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DemandTest {
    private final Demand demand = new Demand();

    private void passes(int seconds, int busy, int waiting) {
        for (int second = 0; second < seconds; second++) {
            demand.note(busy, waiting);
        }
    }

    @Test
    void whatWasBusyAtOnceIsNeededForHalfAMinute() {
        // given
        passes(100, 2, 0);
        passes(1, 9, 0);

        // when
        passes(29, 2, 0);
        int early = demand.needed();
        passes(1, 2, 0);

        // then
        assertThat(early).isEqualTo(9);
        assertThat(demand.needed()).isEqualTo(2);
    }

    @Test
    void whoWaitsForAMomentDoesNotWait() {
        // given
        passes(10, 9, 0);

        // when
        passes(4, 9, 7);
        int burst = demand.waiting();
        passes(1, 9, 3);

        // then
        assertThat(burst).isZero();
        assertThat(demand.waiting()).isEqualTo(3);
    }

    @Test
    void whoHasJustStartedNeedsWhatItNeedsAndHasNotWaitedForLong() {
        // when
        passes(3, 4, 7);

        // then
        assertThat(demand.needed()).isEqualTo(4);
        assertThat(demand.waiting()).isZero();
    }
}
