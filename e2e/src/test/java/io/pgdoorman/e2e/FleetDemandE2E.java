package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A budget whose connections go where clients wait: all clients are on one of two pods, then on both.
@OnCluster
class FleetDemandE2E {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration MEASURED = Duration.ofSeconds(10);
    private static final int BUDGET = 12;

    /// Two pods, and room for one that nobody planned.
    private static final int SHARE = BUDGET / 3;

    private static final int LEAST = SHARE / 2;
    private static final int MOST = 2 * SHARE - LEAST;

    /// More at work at once than one pod can get servers for.
    private static final int CLIENTS = 20;

    private final Tenant tenant;
    private final Pool pool;

    FleetDemandE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart(BUDGET, LIMIT);
    }

    @Test
    void connectionsGoToThePodWhoseClientsWaitAndBackWhenOthersNeedThem() {
        var one = pool.targetOf(pool.pods().getFirst(), "one");
        var other = pool.targetOf(pool.pods().getLast(), "other");
        try (var samples = Samples.start(tenant);
                var load = Load.start(one, tenant.postgres(), CLIENTS)) {
            // given
            var even = perSecond(load);
            assertThat(allowed("most")).isZero();

            // when
            pool.patch("{\"spec\": {\"budget\": {\"share\": \"ByDemand\"}}}");
            var took = Progress.until(
                    "a pod has what the other can spare",
                    LIMIT,
                    () -> allowed("least") == LEAST && allowed("most") == MOST);
            var byDemand = perSecond(load);

            // then
            Progress.say("%d transactions a second with %d servers, %d with %d, which took %d ms"
                    .formatted(even, SHARE, byDemand, MOST, took.toMillis()));
            assertThat(byDemand).isGreaterThan(even + even / 6);

            // when
            try (var second = Load.join(other, tenant.postgres(), CLIENTS, CLIENTS)) {
                var back = Progress.until(
                        "both have the same", LIMIT, () -> allowed("least") == SHARE && allowed("most") == SHARE);
                Progress.say("both had the same " + back.toMillis() + " ms after both had work");
                assertThat(second.finish().broken()).isEmpty();
            }

            // then
            var most = samples.most();
            Progress.say("at most " + most + " of " + BUDGET + " in " + samples.taken() + " samples");
            assertThat(most).isBetween(MOST, BUDGET);
            assertThat(load.finish().broken()).isEmpty();
        }
    }

    private int allowed(String name) {
        return pool.resource().at("/status/budget/" + name).asInt();
    }

    private static long perSecond(Load load) {
        var before = load.committed();
        Progress.pause(MEASURED);
        return (load.committed() - before) / MEASURED.toSeconds();
    }
}
