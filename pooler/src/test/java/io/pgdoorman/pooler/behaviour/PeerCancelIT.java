package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A load balancer in front of a fleet brings a cancel request to any of its poolers.
class PeerCancelIT {
    private static final PoolerFixture ONE =
            PoolerFixture.wish().general("host", "127.0.0.2").start();
    private static final PoolerFixture TWO =
            PoolerFixture.wish().general("host", "127.0.0.3").start();

    @BeforeAll
    static void knowEachOther() {
        var peers = "\"127.0.0.2:%d,127.0.0.3:%d\""
                .formatted(ONE.door().port(), TWO.door().port());
        ONE.reload(wish -> wish.general("peers", peers));
        TWO.reload(wish -> wish.general("peers", peers));
    }

    @AfterAll
    static void stop() {
        ONE.close();
        TWO.close();
    }

    private static void cancels(Door door, byte[] key) {
        try (var canceller = door.connect()) {
            assertThat(canceller.sends(cancelRequest(key)).receivesToEnd()).isEmpty();
        }
    }

    @Test
    void aRequestThatComesToTheOtherPoolerStopsTheQuery() {
        // given
        try (var client = ONE.door().login();
                var other = TWO.door().login()) {
            other.sends(query("select pg_sleep(1), 'the other pooler'"));
            client.sends(query("select pg_sleep(60), 'cancelled through a peer'"));
            Running.query("cancelled through a peer");

            // when
            cancels(TWO.door(), client.key());

            // then
            assertThat(client.receivesReady())
                    .anySatisfy(reply -> assertThat(reply.sqlState()).isEqualTo("57014"));
            assertThat(client.asksOne("select 'alive'")).isEqualTo("alive");
            assertThat(other.receivesReady())
                    .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
        }
    }

    @Test
    void consoleShowsTheFleet() {
        try (var console = ONE.door().connect()) {
            console.loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
            assertThat(console.asks("show peers"))
                    .filteredOn(reply -> reply.tag() == 'D')
                    .extracting(reply ->
                            reply.columns().get(1) + ":" + reply.columns().get(2))
                    .containsExactly(
                            "127.0.0.2:" + ONE.door().port(),
                            "127.0.0.3:" + TWO.door().port());
        }
    }

    @Test
    void itsOwnPoolerStillStopsIt() {
        // given
        try (var client = ONE.door().login()) {
            client.sends(query("select pg_sleep(60), 'cancelled at home'"));
            Running.query("cancelled at home");

            // when
            cancels(ONE.door(), client.key());

            // then
            assertThat(client.receivesReady())
                    .anySatisfy(reply -> assertThat(reply.sqlState()).isEqualTo("57014"));
        }
    }

    @Test
    void aRequestWhosePoolerIsGoneOrThatNobodyKnowsEndsSoonAndStopsNothing() {
        // given
        try (var client = ONE.door().login()) {
            client.sends(query("select pg_sleep(1), 'not stopped by a peer'"));
            Running.query("not stopped by a peer");
            byte[] wrong = client.key();
            wrong[wrong.length - 1] ^= 1;
            byte[] nobodys = client.key();
            nobodys[4] ^= 0x55;
            var begun = Instant.now();

            // when
            cancels(TWO.door(), wrong);
            cancels(TWO.door(), nobodys);

            // then
            assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(3));
            assertThat(client.receivesReady())
                    .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
        }
    }
}
