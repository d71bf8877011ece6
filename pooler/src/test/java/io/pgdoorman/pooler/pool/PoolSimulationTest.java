package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Pools and their coordinator under every interleaving that seeds can find.
///
/// `-Dsimulation.steps=50000000` goes on for longer, `-Dsimulation.seed=7` begins at that seed; the seed in a
/// failure's message repeats it.
class PoolSimulationTest {
    private static final Logger LOG = LoggerFactory.getLogger(PoolSimulationTest.class);
    private static final int STEPS_OF_A_STORY = 400;

    @Test
    void booksBalanceInEveryInterleaving() {
        // given
        long wanted = Long.getLong("simulation.steps", 2_000_000);
        long first = Long.getLong("simulation.seed", 1);
        long steps = 0;
        long served = 0;
        long preemptions = 0;
        long outside = 0;
        long seed = first;

        // when
        for (; steps < wanted; seed++) {
            var story = tell(seed);
            steps += story.steps;
            served += story.served;
            preemptions += story.preemptions;
            outside += story.outside;
        }

        // then
        LOG.info("{} steps, {} leases, {} preemptions in {} stories", steps, served, preemptions, seed - first);
        assertThat(served).isGreaterThan(steps / 100);
        assertThat(preemptions).isGreaterThan(steps / 100);
        assertThat(outside).isGreaterThan(steps / 1000);
    }

    private static Simulation tell(long seed) {
        try {
            var story = new Simulation(seed);
            story.run(STEPS_OF_A_STORY);
            story.comesToRest();
            return story;
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError("repeat with -Dsimulation.seed=" + seed, failure);
        }
    }
}
