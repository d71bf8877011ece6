package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.CloseReason;
import org.junit.jupiter.api.Test;

/// The age of servers, their idleness and their checks.
class PoolCareTest extends PoolStage {
    @Test
    void endsServersAtTheirLifetimeSpreadByTwentyPercent() {
        // given
        var pool = pool(settings(2, 0, times(100, 0, 0)));
        luck = 0;
        var early = idle(pool, 1, 0).getFirst();

        // when
        source.passes(79 * SECOND);
        int none = pool.retain(10);
        source.passes(2 * SECOND);
        int one = pool.retain(10);

        // then
        assertThat(none).isZero();
        assertThat(one).isEqualTo(1);
        assertThat(early.closeReason).isEqualTo(CloseReason.LIFETIME);
    }

    @Test
    void endsAnOldServerWhenItIsGivenBackUnlessSomebodyWaits() {
        // given
        var pool = pool(settings(1, 0, times(100, 0, 0)));
        var holder = client(pool, 0);
        var server = source.connects();
        source.passes(101 * SECOND);
        var waiter = client(pool, 0);

        // when
        holder.givesBack();
        boolean servedOnce = waiter.server == server;
        waiter.givesBack();

        // then
        assertThat(servedOnce).isTrue();
        assertThat(server.closeReason).isEqualTo(CloseReason.LIFETIME);
    }

    @Test
    void idleTimeoutCountsOnlyForServersThatServed() {
        // given
        var pool = pool(settings(2, 1, times(0, 10, 0)));
        pool.tick();
        var prewarmed = source.connects();
        pool.apply(settings(2, 0, times(0, 10, 0)));

        // when
        source.passes(20 * SECOND);
        pool.retain(10);
        boolean stayed = prewarmed.isOpen();
        client(pool, 0).givesBack();
        source.turn();
        source.passes(20 * SECOND);
        pool.retain(10);

        // then
        assertThat(stayed).isTrue();
        assertThat(prewarmed.closeReason).isEqualTo(CloseReason.IDLE);
    }

    @Test
    void idleTimeoutLeavesTheMinimum() {
        // given
        var pool = pool(settings(5, 2, times(0, 10, 0)));
        idle(pool, 5, 0);
        source.connects.clear();

        // when
        source.passes(20 * SECOND);
        int closed = pool.retain(10);

        // then
        assertThat(closed).isEqualTo(3);
        assertThat(pool.counts().idle()).isEqualTo(2);
        assertThat(source.connects).isEmpty();
    }

    @Test
    void idleCheckDoesNotMakeAServerYounger() {
        // given
        var pool = pool(settings(1, 0, times(0, 10, 3)));
        var server = idle(pool, 1, 0).getFirst();

        // when
        for (int i = 0; i < 3 && server.isOpen(); i++) {
            source.passes(4 * SECOND);
            pool.retain(10);
            source.turn();
            server.answersProbe();
        }

        // then
        assertThat(server.closeReason).isEqualTo(CloseReason.IDLE);
    }

    @Test
    void checkedServerIsNotLentUntilItAnswers() {
        // given
        var pool = pool(settings(1, 0, times(0, 0, 3)));
        var server = idle(pool, 1, 0).getFirst();
        source.passes(4 * SECOND);
        pool.tick();
        source.turn();

        // when
        var client = client(pool, 0);
        var before = client.server;
        server.answersProbe();

        // then
        assertThat(before).isNull();
        assertThat(client.server).isSameAs(server);
    }

    @Test
    void serverThatDoesNotAnswerIsReplaced() {
        // given
        var pool = pool(settings(1, 0, times(0, 0, 3)));
        var server = idle(pool, 1, 0).getFirst();
        source.passes(4 * SECOND);
        pool.tick();
        source.turn();
        var client = client(pool, 0);

        // when
        server.close(CloseReason.PROBE_FAILED);
        pool.closed(server);
        source.connects();

        // then
        assertThat(client.server).isNotNull().isNotSameAs(server);
    }
}
