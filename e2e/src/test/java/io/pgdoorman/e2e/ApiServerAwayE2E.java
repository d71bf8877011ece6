package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Nobody asks Kubernetes on the way of a query: while its API server answers nobody, pools serve on, and afterwards
/// the operator goes on by itself. `-Daway.seconds=300` makes the outage as long as issue 7 asks.
@OnCluster
class ApiServerAwayE2E {

    private static final Duration AWAY = Duration.ofSeconds(Long.getLong("away.seconds", 30));
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int CLIENTS = 10;
    private static final String API_SERVER = "kube-apiserver";

    private final Tenant tenant;
    private final Pool pool;

    ApiServerAwayE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        assumeTrue(Cluster.isOurs(), "only the API server of a cluster of our own may be stopped");
        tenant.quickstart();
    }

    @Test
    void poolsServeOnAndTheOperatorGoesOnByItself() {
        // given
        var runs = pool.runs();
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS)) {
            var before = load.committed();

            // when
            Cluster.script("freeze", API_SERVER);
            long during;
            try {
                assertThat(asksInVain()).as("the API server answers nobody").isTrue();
                Progress.pause(AWAY);
                during = load.committed() - before;
            } finally {
                Cluster.script("thaw", API_SERVER);
            }
            var back = Progress.until("the API server answers", LIMIT, () -> !asksInVain());
            pool.set("/spec/databases/0/poolSize", "7");
            var took = pool.await("ConfigApplied", "True", LIMIT);
            pool.await("Ready", "True", LIMIT);

            // then
            Progress.say("%d transactions in %d s without an API server; %d ms after it answered again (%d ms) a change"
                            .formatted(during, AWAY.toSeconds(), took.toMillis(), back.toMillis())
                    + " was acknowledged");
            var tally = load.finish();
            assertThat(tally.broken()).isEmpty();
            assertThat(tally.reconnects()).isZero();
            assertThat(tally.refusedConnects()).isZero();
            assertThat(during).as("work goes on").isGreaterThan(AWAY.toSeconds() * CLIENTS);
            assertThat(pool.runs()).isEqualTo(runs);
        }
    }

    private boolean asksInVain() {
        return !tenant.kubectl()
                .command("get", "--raw", "/readyz", "--request-timeout=2s")
                .run()
                .succeeded();
    }
}
