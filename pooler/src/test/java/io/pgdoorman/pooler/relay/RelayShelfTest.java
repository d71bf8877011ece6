package io.pgdoorman.pooler.relay;

import static io.pgdoorman.pooler.relay.RelayTable.bound;
import static io.pgdoorman.pooler.relay.RelayTable.complete;
import static io.pgdoorman.pooler.relay.RelayTable.error;
import static io.pgdoorman.pooler.relay.RelayTable.frames;
import static io.pgdoorman.pooler.relay.RelayTable.parsed;
import static io.pgdoorman.pooler.relay.RelayTable.ready;
import static io.pgdoorman.pooler.relay.RelayTable.row;
import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Clients that have the same relay one after the other know nothing of each other.
class RelayShelfTest {
    private static final byte[] ONE = frames(complete("SELECT 1"), ready('I'));

    private final RelayTable first = new RelayTable(100);
    private final RelayTable second = first.neighbour();
    private final RelayTable third = first.neighbour();

    @AfterEach
    void clears() {
        first.clears();
        second.clears();
        third.clears();
    }

    private static Relay asks(RelayTable client) {
        client.sends(query("select 1"));
        var relay = client.side.linked();
        client.postgres.sends(ONE);
        client.toServer();
        client.clientGot();
        return relay;
    }

    private static void prepares(RelayTable client, String name, String sql) {
        client.sends(parse(name, sql), sync());
        client.postgres.sends(frames(parsed(), ready('I')));
        client.toServer();
        client.clientGot();
    }

    @Test
    void aClientBetweenTwoLeasesHasNoRelay() {
        // when
        asks(first);

        // then
        assertThatThrownBy(first.side::linked).isInstanceOf(IllegalStateException.class);
        assertThat(first.side.owesNothing()).isTrue();
        assertThat(first.side.isMidAnswer()).isFalse();
        assertThat(first.side.heldBytes()).isZero();
    }

    @Test
    void theNextClientGetsTheRelayOfTheLastOne() {
        // given
        var before = asks(first);

        // when
        var after = asks(second);

        // then
        assertThat(after).isSameAs(before);
    }

    @Test
    void twoLeasesAtOnceHaveTwoRelays() {
        // given
        asks(first);
        first.sends(query("select 1"));

        // when
        second.sends(query("select 2"));
        second.postgres.sends(ONE);

        // then
        assertThat(first.side.linked().isAnswerOwed()).isTrue();
        assertThat(second.toClient()).isEqualTo("CZ");
        assertThat(first.toClient()).isEmpty();
    }

    @Test
    void nobodyGetsTheRelayOfALeaseThatWasAbandoned() {
        // given
        first.sends(query("select 1"));
        var left = first.side.linked();
        var _ = first.side.abandon();

        // when
        var other = asks(second);

        // then
        assertThat(other).isNotSameAs(left);
    }

    @Test
    void namesStayWithTheirClient() {
        // given
        prepares(first, "s", "analyze t1");

        // when
        second.sends(parse("s", "analyze t2"), bind("s"), execute(), sync());
        second.postgres.sends(frames(parsed(), bound(), row("2"), complete("SELECT 1"), ready('I')));
        first.sends(bind("s"), execute(), sync());

        // then
        assertThat(second.toServer()).containsExactly("P DOORMAN_0_2 analyze t2", "B DOORMAN_0_2", "E", "S");
        assertThat(second.toClient()).isEqualTo("12DCZ");
        assertThat(first.toServer()).containsExactly("B DOORMAN_0_1", "E", "S");
    }

    @Test
    void aNameThatWasChangedInAnEarlierLeaseIsSettled() {
        // given: the relay of the second's first leases has counted further than that of its next
        first.sends(query("select 1"));
        for (int i = 0; i < 10; i++) {
            asks(second);
        }
        prepares(second, "s", "analyze t1");
        third.sends(query("select 1"));
        first.postgres.sends(ONE);

        // when
        for (int i = 0; i < 20; i++) {
            second.sends(sync());
        }
        second.sends(bind("s"), execute(), sync());

        // then
        assertThat(second.toServer()).containsSubsequence("S", "B DOORMAN_0_1", "E", "S");
    }

    @Test
    void whatOneLeftHalfDoneIsNoneOfTheNext() {
        // given: a portal that leaves something, stray data of a COPY, a transaction that failed
        first.sends(parse("", "listen news"), bind(""), sync());
        first.postgres.sends(frames(parsed(), bound(), ready('I')));
        first.sends(copyData("1\n"), query("select 1"));
        first.postgres.sends(frames(error("42P01"), ready('I')));

        // when
        second.sends(sync(), execute(), sync());
        second.postgres.sends(frames(ready('I'), error("34000"), ready('I')));

        // then
        assertThat(second.toServer()).containsExactly("S", "E", "S");
        assertThat(second.toClient()).isEqualTo("ZEZ");
        assertThat(second.side.isLinked()).isFalse();
    }

    @Test
    void nobodyGetsARelayThatHoldsBytesOfAnother() {
        // given: the rest of a packet that its owner does not take
        byte[] half = Arrays.copyOf(query("select 2").bytes(), 8);
        first.sends(RelayTable.bytes(query("select 1")));
        first.sends(half);
        var holds = first.side.linked();
        first.postgres.sends(ONE);

        // when
        var other = asks(second);

        // then
        assertThat(other).isNotSameAs(holds);
    }

    @Test
    void aRelayThatOwedALotIsNotKept() {
        // given
        int pipelined = 1_500;
        for (int i = 0; i < pipelined; i++) {
            first.sends(query("select 1"));
        }
        var grown = first.side.linked();
        for (int i = 0; i < pipelined; i++) {
            first.postgres.sends(ONE);
        }
        first.clientGot();

        // when
        var other = asks(second);

        // then
        assertThat(other).isNotSameAs(grown);
    }
}
