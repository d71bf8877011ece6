package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailedLoginsTest {
    private static final InetAddress GUESSER = InetAddress.ofLiteral("192.0.2.7");
    private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.8");

    private final FailedLogins failures = new FailedLogins();

    @Test
    void anAddressMayFailSoOftenAMinuteAndAgainAsItsBucketFills() {
        // given
        for (int i = 0; i < 6; i++) {
            assertThat(failures.isSpent(GUESSER, 6, 0)).isFalse();
            failures.failed(GUESSER, 6, 0);
        }

        // when then
        assertThat(failures.isSpent(GUESSER, 6, 0)).isTrue();
        assertThat(failures.isSpent(OTHER, 6, 0)).isFalse();
        assertThat(failures.isSpent(GUESSER, 6, TimeUnit.SECONDS.toNanos(9))).isTrue();
        assertThat(failures.isSpent(GUESSER, 6, TimeUnit.SECONDS.toNanos(11))).isFalse();
    }

    @Test
    void guessesBeyondTheBucketAreOwedUpToAnotherMinute() {
        // given
        for (int i = 0; i < 1000; i++) {
            failures.failed(GUESSER, 6, 0);
        }

        // when then
        assertThat(failures.isSpent(GUESSER, 6, TimeUnit.SECONDS.toNanos(69))).isTrue();
        assertThat(failures.isSpent(GUESSER, 6, TimeUnit.SECONDS.toNanos(71))).isFalse();
    }

    @Test
    void aHostWithAWholeNetworkOfIpv6IsOneAddress() {
        // given
        failures.failed(InetAddress.ofLiteral("2001:db8::1"), 1, 0);

        // when then
        assertThat(failures.isSpent(InetAddress.ofLiteral("2001:db8::ffff:2"), 1, 0))
                .isTrue();
        assertThat(failures.isSpent(InetAddress.ofLiteral("2001:db8:0:1::1"), 1, 0))
                .isFalse();
    }

    @Test
    void moreAddressesTakeNoMoreMemoryAndThoseThatBehavedAreForgotten() {
        // given
        for (int i = 0; i < 2 * FailedLogins.MOST_ADDRESSES; i++) {
            failures.failed(InetAddress.ofLiteral("10.%d.%d.%d".formatted(i >> 16, i >> 8 & 255, i & 255)), 6, 0);
        }
        failures.failed(GUESSER, 6, 0);
        int before = failures.size();

        // when
        failures.isSpent(GUESSER, 6, TimeUnit.MINUTES.toNanos(1));

        // then
        assertThat(before).isEqualTo(FailedLogins.MOST_ADDRESSES);
        assertThat(failures.size()).isEqualTo(before - 1);
    }

    @Test
    void anAddressThatGoesOnIsToldOfNowAndThen() {
        // given
        failures.failed(GUESSER, 1, 0);

        // when then
        assertThat(failures.isWorthTelling(GUESSER, 1)).isTrue();
        assertThat(failures.isWorthTelling(GUESSER, TimeUnit.SECONDS.toNanos(9)))
                .isFalse();
        assertThat(failures.isWorthTelling(GUESSER, TimeUnit.SECONDS.toNanos(11)))
                .isTrue();
    }
}
