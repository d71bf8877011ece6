package io.pgdoorman.pooler.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PoolStatsTest {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private final PoolStats stats = new PoolStats("db", "alice");

    @Test
    void countsEachKindApart() {
        // when
        stats.transactionEnded(2 * MILLI);
        stats.transactionEnded(4 * MILLI);
        stats.queryEnded(MILLI);
        stats.waited(3 * MILLI);
        stats.serverConnected(5 * MILLI);
        stats.serverLoginFailed();
        stats.clientBytes(100, 7);
        stats.clientBytes(11, 0);
        stats.parseHit();
        stats.parseHit();
        stats.parseMiss();

        // then
        var totals = stats.totals();
        assertThat(totals.transactions()).isEqualTo(2);
        assertThat(totals.durations().transactions().sumNanos()).isEqualTo(6 * MILLI);
        assertThat(totals.durations().transactions().meanMicros()).isEqualTo(3_000);
        assertThat(totals.queries()).isEqualTo(1);
        assertThat(totals.durations().waits().count()).isEqualTo(1);
        assertThat(totals.durations().connects().count()).isEqualTo(1);
        assertThat(totals.serverLoginFailures()).isEqualTo(1);
        assertThat(totals.traffic()).isEqualTo(new PoolTotals.Traffic(111, 7));
        assertThat(totals.prepares()).isEqualTo(new PoolTotals.Prepares(2, 1, 0));
    }

    @Test
    void countsErrorsByClassOfSqlState() {
        // when
        for (var state :
                List.of("08006", "08P01", "53300", "57P01", "25P02", "25001", "26000", "42601", "", "0800600")) {
            stats.error(state);
        }

        // then
        var errors = stats.totals().errors();
        assertThat(errors.of(ErrorClass.CONNECTION)).isEqualTo(2);
        assertThat(errors.of(ErrorClass.RESOURCES)).isEqualTo(1);
        assertThat(errors.of(ErrorClass.INTERVENTION)).isEqualTo(1);
        assertThat(errors.of(ErrorClass.FAILED_TRANSACTION)).isEqualTo(1);
        assertThat(errors.of(ErrorClass.UNKNOWN_STATEMENT)).isEqualTo(1);
        assertThat(errors.of(ErrorClass.OTHER)).isEqualTo(4);
        assertThat(errors.all()).isEqualTo(10);
    }

    @Test
    void tellsPercentilesWithinTheWidthOfABucket() {
        // given
        for (var i = 1; i <= 1_000; i++) {
            stats.queryEnded(i * MILLI);
        }

        // when
        var queries = stats.totals().durations().queries();

        // then
        assertThat((double) queries.percentileNanos(0.5)).isCloseTo(500 * MILLI, within(0.05 * 500 * MILLI));
        assertThat((double) queries.percentileNanos(0.99)).isCloseTo(990 * MILLI, within(0.05 * 990 * MILLI));
        assertThat(queries.percentileNanos(1)).isEqualTo(SECOND);
    }

    @Test
    void exportsExactCountsAtAtLeastTwentyBounds() {
        // given
        stats.queryEnded(500_000);
        stats.queryEnded(500_001);
        stats.queryEnded(3_600 * SECOND);

        // when
        var queries = stats.totals().durations().queries();

        // then
        assertThat(Latencies.exportedBounds()).isGreaterThanOrEqualTo(20);
        for (var bound = 0; bound < Latencies.exportedBounds(); bound++) {
            var seconds = Latencies.exportedBoundSeconds(bound);
            var expected = seconds < 0.0005 ? 0 : seconds == 0.0005 ? 1 : 2;
            assertThat(queries.countUpToBound(bound)).as("le %s", seconds).isEqualTo(expected);
        }
        assertThat(queries.count()).isEqualTo(3);
    }

    @Test
    void forgetsInRecentFiguresWhatIsOlderThanFifteenSeconds() {
        // given
        stats.tick(0);
        stats.transactionEnded(MILLI);

        for (var second = 1; second <= 60; second++) {
            // when
            stats.queryEnded(MILLI);
            stats.tick(second * SECOND);

            // then
            var recent = stats.recent();
            assertThat(recent.seconds()).isBetween(Math.min(second, 10.0), 15.0);
            assertThat(recent.perSecond(recent.totals().queries())).isEqualTo(1);
            assertThat(recent.totals().transactions()).isEqualTo(second < 15 ? 1 : 0);
        }
        assertThat(stats.totals().queries()).isEqualTo(60);
    }

    @Test
    void figuresRightAfterAnIdleTimeAreOfWhatHappensNow() {
        // given
        stats.tick(0);
        for (var i = 0; i < 1000; i++) {
            stats.queryEnded(SECOND);
            stats.transactionEnded(SECOND);
        }
        for (var second = 1; second <= 3600; second++) {
            stats.tick(second * SECOND);
        }
        var idle = stats.recent();

        // when
        for (var i = 0; i < 30; i++) {
            stats.queryEnded(2 * MILLI);
            stats.transactionEnded(4 * MILLI);
        }
        stats.tick(3601 * SECOND);
        var busy = stats.recent();

        // then
        assertThat(idle.totals().queries()).isZero();
        assertThat(idle.totals().durations().queries().meanMicros()).isZero();
        assertThat(idle.totals().durations().queries().percentileNanos(0.99)).isZero();
        assertThat(busy.totals().queries()).isEqualTo(30);
        assertThat(busy.totals().durations().queries().meanMicros()).isEqualTo(2_000);
        assertThat(busy.totals().durations().transactions().meanMicros()).isEqualTo(4_000);
        assertThat((double) busy.totals().durations().queries().percentileNanos(0.99))
                .isCloseTo(2 * MILLI, within(0.05 * 2 * MILLI));
        assertThat(busy.perSecond(busy.totals().queries())).isBetween(2L, 3L);
    }

    @Test
    void tellsAllItHasAsRecentBeforeTheFirstTick() {
        // given
        stats.queryEnded(MILLI);

        // when
        var recent = stats.recent();

        // then
        assertThat(recent.totals().queries()).isEqualTo(1);
        assertThat(recent.perSecond(1)).isZero();
    }

    @Test
    void losesNothingWhenManyThreadsAdd() throws Exception {
        // given
        var threads = new ArrayList<Thread>();
        for (var t = 0; t < 8; t++) {
            threads.add(Thread.ofPlatform().unstarted(() -> {
                for (var i = 0; i < 10_000; i++) {
                    stats.queryEnded(i);
                    stats.clientBytes(2, 3);
                }
            }));
        }

        // when
        threads.forEach(Thread::start);
        for (var thread : threads) {
            thread.join();
        }

        // then
        assertThat(stats.totals().queries()).isEqualTo(80_000);
        assertThat(stats.totals().traffic()).isEqualTo(new PoolTotals.Traffic(160_000, 240_000));
    }

    @Test
    void allocatesNothingWhileWriting() {
        // given
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var me = Thread.currentThread().threadId();
        writeAll(20_000);
        threads.getThreadAllocatedBytes(me);
        var before = threads.getThreadAllocatedBytes(me);

        // when
        writeAll(10_000);

        // then
        assertThat(threads.getThreadAllocatedBytes(me) - before).isLessThan(10_000);
    }

    private void writeAll(int times) {
        for (var i = 0; i < times; i++) {
            stats.transactionEnded(i);
            stats.queryEnded(i);
            stats.waited(i);
            stats.clientBytes(i, i);
            stats.error("40001");
            stats.parseHit();
            stats.parseMiss();
        }
    }
}
