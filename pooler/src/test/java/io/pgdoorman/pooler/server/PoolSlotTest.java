package io.pgdoorman.pooler.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.server.PoolSlot.Place;
import org.junit.jupiter.api.Test;

class PoolSlotTest {
    private final PoolSlot slot = new PoolSlot();

    @Test
    void expiresAfterItsOwnLifetime() {
        // given
        slot.born(100, 0.8, 1, 0);

        // when
        boolean young = slot.isOlderThan(50, 140);
        boolean old = slot.isOlderThan(50, 141);

        // then
        assertThat(young).isFalse();
        assertThat(old).isTrue();
    }

    @Test
    void isIdleTooLongSinceItsLastUseNotSinceItsLastCheck() {
        // given
        slot.born(0, 1, 1, 0);
        slot.become(Place.LENT, 1);
        slot.become(Place.IDLE, 2);
        slot.become(Place.CHECKED, 9);
        slot.become(Place.IDLE, 9);

        // when
        boolean tooLong = slot.isIdleTooLong(10, 13);

        // then
        assertThat(tooLong).isTrue();
        assertThat(slot.sinceNanos()).isEqualTo(9);
    }

    @Test
    void neverServedIsNeverIdleTooLong() {
        // given
        slot.born(0, 1, 1, 0);
        slot.become(Place.IDLE, 1);

        // when
        boolean tooLong = slot.isIdleTooLong(10, 1000);

        // then
        assertThat(tooLong).isFalse();
    }

    @Test
    void whatIsGoneStaysGone() {
        // given
        slot.become(Place.GONE, 1);

        // when
        // then
        assertThatThrownBy(() -> slot.become(Place.IDLE, 2)).isInstanceOf(IllegalStateException.class);
    }
}
