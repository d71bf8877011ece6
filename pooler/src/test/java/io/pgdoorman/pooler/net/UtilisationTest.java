package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;

class UtilisationTest {

    private static final long BEAT = 250_000_000;

    private final Utilisation utilisation = new Utilisation();
    private long cpu;

    private void work(int seconds, double share) {
        for (int i = 0; i < seconds * 4; i++) {
            cpu += (long) (BEAT * share);
            utilisation.add(BEAT, cpu);
        }
    }

    @Test
    void followsWhatTheThreadDidLately() {
        // when
        work(120, 0.8);
        var busy = utilisation.share();
        work(10, 0.1);
        var soon = utilisation.share();
        work(120, 0.1);

        // then
        assertThat(busy).isCloseTo(0.8, offset(0.03));
        assertThat(soon)
                .as("ten quiet seconds are a third of what is remembered")
                .isBetween(0.5, 0.7);
        assertThat(utilisation.share()).isCloseTo(0.1, offset(0.03));
    }

    @Test
    void staysWithinItsBoundsAndKnowsNothingWhereTheSystemTellsNothing() {
        // when
        utilisation.add(BEAT, -1);
        utilisation.add(BEAT, -1);
        var unknown = utilisation.share();
        utilisation.add(BEAT, 0);
        utilisation.add(BEAT, 100 * BEAT);
        utilisation.add(0, 200 * BEAT);

        // then
        assertThat(unknown).isZero();
        assertThat(utilisation.share()).isBetween(0.0, 0.01);
    }
}
