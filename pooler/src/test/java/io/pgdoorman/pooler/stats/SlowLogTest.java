package io.pgdoorman.pooler.stats;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.HeardLog;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SlowLogTest {

    private static final long MILLI = 1_000_000;

    private final AtomicLong clock = new AtomicLong(5_000_000_000L);
    private final SlowLog slow = new SlowLog(clock::get);
    private final PoolStats pool = new PoolStats("slow-shop", "app", slow);

    @Test
    void tellsWhatTookLongAndNothingElse() {
        // given
        slow.limits(500 * MILLI, 0);
        try (var heard = HeardLog.of("slow", Level.WARN)) {
            // when
            slow.waited(pool, 7, 499 * MILLI);
            slow.waited(pool, 7, 500 * MILLI);
            slow.queried(pool, 7, 90_000 * MILLI);
            slow.limits(0, 1_000 * MILLI);
            slow.waited(pool, 7, 500 * MILLI);
            slow.queried(pool, 7, 2_345 * MILLI);

            // then
            assertThat(heard.lines().stream().filter(line -> line.contains("slow-shop")))
                    .containsExactly(
                            "slow checkout: a client waited long for a server"
                                    + " client=7 database=slow-shop user=app elapsedMs=500 suppressed=0",
                            "slow query client=7 database=slow-shop user=app elapsedMs=2345 suppressed=0");
        }
    }

    @Test
    void countsWhatItLeavesOut() {
        // given
        slow.limits(MILLI, 0);
        try (var heard = HeardLog.of("slow", Level.WARN)) {
            // when
            for (int i = 0; i < 1_000; i++) {
                slow.waited(pool, 7, 2 * MILLI);
            }
            clock.addAndGet(1_000_000_000L);
            slow.waited(pool, 7, 2 * MILLI);

            // then
            var lines = heard.lines().stream()
                    .filter(line -> line.contains("slow-shop"))
                    .toList();
            assertThat(lines).hasSize(11);
            assertThat(lines.getLast()).endsWith("suppressed=990");
        }
    }
}
