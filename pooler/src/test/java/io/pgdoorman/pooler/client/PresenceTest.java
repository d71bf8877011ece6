package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PresenceTest {
    private final Occupancy occupancy = new Occupancy();
    private final Presence presence =
            new Presence(occupancy, new InetSocketAddress(InetAddress.getLoopbackAddress(), 5432));
    private final Building.House house =
            new Building.House(10, 10, 1000, false, false, new Building.Logins(0, 0, _ -> true, false));

    @Test
    void whoLeavesGivesAllSeatsBack() {
        // given
        assertThat(presence.asksForDatabase(house)).isNull();
        assertThat(occupancy.taken()).isEqualTo(2);

        // when
        presence.leave();
        presence.leave();

        // then
        assertThat(occupancy.taken()).isZero();
    }

    /// TLS may hand over what it had decrypted after the connection was closed, and a login may be told then that its
    /// proof was good.
    @Test
    void whoHasLeftTakesNoSeat() {
        // given
        presence.leave();

        // when
        presence.asksForDatabase(house);
        presence.asksForConsole(house);

        // then
        assertThat(occupancy.taken()).isZero();
    }
}
