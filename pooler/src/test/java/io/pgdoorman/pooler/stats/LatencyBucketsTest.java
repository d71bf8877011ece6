package io.pgdoorman.pooler.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyBucketsTest {

    @Test
    void putsEachBoundInTheBucketItEndsAndTheNextNanosecondInTheNext() {
        for (var bucket = 0; bucket < LatencyBuckets.COUNT - 1; bucket++) {
            // given
            var bound = LatencyBuckets.upperNanos(bucket);

            // when
            var ofBound = LatencyBuckets.indexOf(bound);
            var ofNext = LatencyBuckets.indexOf(bound + 1);

            // then
            assertThat(ofBound).as("bucket of %d ns", bound).isEqualTo(bucket);
            assertThat(ofNext).as("bucket of %d ns", bound + 1).isEqualTo(bucket + 1);
        }
    }

    @Test
    void findsTheOneBucketAroundAnyDuration() {
        // given
        var random = new Random(7);

        for (var i = 0; i < 100_000; i++) {
            var nanos = random.nextLong() >>> (1 + random.nextInt(62));

            // when
            var bucket = LatencyBuckets.indexOf(nanos);

            // then
            if (nanos > 0) {
                assertThat(nanos).isGreaterThan(LatencyBuckets.lowerNanos(bucket));
            }
            if (bucket < LatencyBuckets.COUNT - 1) {
                assertThat(nanos).isLessThanOrEqualTo(LatencyBuckets.upperNanos(bucket));
            }
        }
    }

    @Test
    void takesDurationsThatNoClockShouldGive() {
        assertThat(LatencyBuckets.indexOf(-1)).isZero();
        assertThat(LatencyBuckets.indexOf(Long.MIN_VALUE)).isZero();
        assertThat(LatencyBuckets.indexOf(Long.MAX_VALUE)).isEqualTo(LatencyBuckets.COUNT - 1);
    }

    @Test
    void keepsBucketsNarrow() {
        for (var bucket = 4; bucket < LatencyBuckets.COUNT - 1; bucket++) {
            var width = LatencyBuckets.upperNanos(bucket) - LatencyBuckets.lowerNanos(bucket);
            assertThat((double) width / LatencyBuckets.lowerNanos(bucket)).isLessThanOrEqualTo(0.2);
        }
    }

    @Test
    void refusesABoundThatNoBucketHas() {
        assertThatThrownBy(() -> LatencyBuckets.bucketsUpTo(123))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("123 ns");
    }
}
