package io.pgdoorman.pooler.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class GuessBrakeTest {

    private final GuessBrake brake = new GuessBrake();
    private final InetAddress guesser = address(1);
    private final InetAddress operator = address(2);

    @Test
    void stopsOnlyTheAddressThatGuesses() {
        // when
        for (var i = 0; i < 8; i++) {
            assertThat(brake.isOn(guesser)).isFalse();
            brake.guessed(guesser);
        }

        // then
        assertThat(brake.isOn(guesser)).isTrue();
        assertThat(brake.isOn(operator)).isFalse();
    }

    @Test
    void letsGoWhenAGuessIsAnswered() {
        // given
        for (var i = 0; i < 8; i++) {
            brake.guessed(guesser);
        }

        // when
        brake.answered(guesser);

        // then
        assertThat(brake.isOn(guesser)).isFalse();
    }

    @Test
    void remembersABoundedNumberOfAddresses() {
        // given
        for (var i = 0; i < 1_024; i++) {
            brake.guessed(address(10 + i));
        }

        // then
        assertThat(brake.isOn(address(5))).isTrue();
        assertThat(brake.isOn(address(10))).isFalse();
    }

    private static InetAddress address(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, (byte) (number >>> 8), (byte) number});
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
