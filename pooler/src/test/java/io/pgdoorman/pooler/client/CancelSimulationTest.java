package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.TransportKind;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Cancel requests under every interleaving that seeds can find: none reaches a server that works for another client
/// than the one who asked, and no server is kept from its pool for ever.
///
/// `-Dsimulation.steps=50000000` goes on for longer, `-Dsimulation.seed=7` begins at that seed; the seed in a
/// failure's message repeats it.
class CancelSimulationTest {
    private static final Logger LOG = LoggerFactory.getLogger(CancelSimulationTest.class);
    private static final int STEPS_OF_A_STORY = 400;

    @Test
    void noCancelRequestReachesTheServerOfAnotherClient() {
        // given
        long wanted = Long.getLong("simulation.steps", 400_000);
        long first = Long.getLong("simulation.seed", 1);
        long steps = 0;
        long leases = 0;
        long hits = 0;
        long idle = 0;
        long late = 0;
        long seed = first;

        // when
        try (var loops = new Loops(TransportKind.NIO, 1)) {
            for (; steps < wanted; seed++) {
                var story = tell(seed, loops);
                steps += story.steps;
                leases += story.leases;
                hits += story.hits;
                idle += story.idle;
                late += story.late;
            }
        }

        // then
        LOG.info(
                "{} steps, {} leases, {} requests hit, {} found nothing to cancel, {} came late, in {} stories",
                steps,
                leases,
                hits,
                idle,
                late,
                seed - first);
        assertThat(leases).isGreaterThan(steps / 100);
        assertThat(hits).isGreaterThan(steps / 100);
        assertThat(idle).isGreaterThan(steps / 500);
        assertThat(late).isGreaterThan(steps / 500);
    }

    private static CancelSimulation tell(long seed, Loops loops) {
        try {
            var story = new CancelSimulation(seed, loops);
            story.run(STEPS_OF_A_STORY);
            story.comesToRest();
            return story;
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError("repeat with -Dsimulation.seed=" + seed, failure);
        }
    }
}
