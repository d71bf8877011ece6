package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.wire.PgError;
import org.junit.jupiter.api.Test;

class WaitQueuesTest {
    private static final Borrower<String> NOBODY = new Borrower<>() {
        @Override
        public void lent(String server) {}

        @Override
        public void refused(PgError error) {}
    };

    private final WaitQueues<String> queues = new WaitQueues<>(2);

    private Ticket<String> waits(int loop, long since) {
        var ticket = new Ticket<>(NOBODY).drawn(loop, since, 100);
        queues.add(ticket);
        return ticket;
    }

    @Test
    void takesInTheOrderOfArrival() {
        // given
        var first = waits(0, 1);
        var second = waits(0, 2);

        // when
        var taken = queues.takeFor(0, 3);

        // then
        assertThat(taken).isSameAs(first);
        assertThat(queues.oldest()).isSameAs(second);
        assertThat(queues.size()).isEqualTo(1);
    }

    @Test
    void takesFromAnotherLoopWhenNobodyWaitsHere() {
        // given
        var elsewhere = waits(1, 1);

        // when
        var taken = queues.takeFor(0, 2);

        // then
        assertThat(taken).isSameAs(elsewhere);
    }

    @Test
    void removesOnlyWhoStillWaits() {
        // given
        var ticket = waits(0, 1);

        // when
        boolean removed = queues.remove(ticket);
        boolean again = queues.remove(ticket);

        // then
        assertThat(removed).isTrue();
        assertThat(again).isFalse();
        assertThat(queues.isEmpty(0)).isTrue();
        assertThat(queues.takeFor(0, 2)).isNull();
    }

    @Test
    void restoresToTheFront() {
        // given
        var first = waits(0, 1);
        var _ = queues.takeFor(0, 2);
        var _ = waits(0, 2);

        // when
        queues.restore(first);

        // then
        assertThat(queues.takeFor(0, 3)).isSameAs(first);
        assertThat(queues.size()).isEqualTo(1);
    }

    @Test
    void restoresSeveralInTheOrderOfTheirArrival() {
        // given
        var first = waits(0, 1);
        var second = waits(0, 2);
        var _ = waits(0, 3);
        var _ = queues.takeFor(0, 4);
        var _ = queues.takeFor(0, 4);

        // when
        queues.restore(first);
        queues.restore(second);

        // then
        assertThat(queues.takeFor(0, 5)).isSameAs(first);
        assertThat(queues.takeFor(0, 5)).isSameAs(second);
    }

    @Test
    void takesExpiredOnesOfAllLoops() {
        // given
        var early = waits(1, 1);
        var late = waits(0, 50);

        // when
        var expired = queues.takeExpired(101);
        var none = queues.takeExpired(101);

        // then
        assertThat(expired).isSameAs(early);
        assertThat(none).isNull();
        assertThat(queues.nextDeadline()).isSameAs(late);
    }

    @Test
    void takesAllThatWait() {
        // given
        var left = waits(0, 1);
        var here = waits(0, 2);
        var there = waits(1, 3);
        queues.remove(left);

        // when
        var all = queues.takeAll();

        // then
        assertThat(all).containsExactly(here, there);
        assertThat(queues.size()).isZero();
        assertThat(queues.oldest()).isNull();
    }
}
