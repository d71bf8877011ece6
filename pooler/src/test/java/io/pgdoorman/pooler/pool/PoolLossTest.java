package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.PoolSlot.Place;
import org.junit.jupiter.api.Test;

/// Servers that are lost, wherever they are.
class PoolLossTest extends PoolStage {
    @Test
    void clientWaitsOnAtItsOldPlaceWhenItsServerIsLostOnTheWay() {
        // given
        var pool = pool(1);
        idle(pool, 1, 0).getFirst().losesItsConnectionWhenMoved = true;
        var first = client(pool, 1);
        var second = client(pool, 1);

        // when
        source.turn();
        source.connects();

        // then
        assertThat(first.server).isNotNull();
        assertThat(second.server).isNull();
    }

    @Test
    void nobodyGetsAServerForAClientThatLeftAfterItsFirstOneWasLost() {
        // given
        var pool = pool(1);
        idle(pool, 1, 0).getFirst().losesItsConnectionWhenMoved = true;
        var client = client(pool, 1);

        // when
        client.leaves();
        source.turn();

        // then
        assertThat(pool.counts().waiting()).isZero();
        assertThat(pool.counts().servers()).isZero();
        assertThat(source.connects).isEmpty();
    }

    @Test
    void canStillGiveUpAfterItsServerWasLostOnTheWay() {
        // given
        var pool = pool(1);
        idle(pool, 1, 0).getFirst().losesItsConnectionWhenMoved = true;
        var client = client(pool, 1);
        source.turn();

        // when
        boolean inTime = client.leaves();

        // then
        assertThat(inTime).isTrue();
        source.connects();
        assertThat(pool.counts().idle()).isEqualTo(1);
    }

    @Test
    void lostServersClientIsToldWhenThePoolIsRetiredMeanwhile() {
        // given
        var pool = pool(1);
        idle(pool, 1, 0).getFirst().losesItsConnectionWhenMoved = true;
        var client = client(pool, 1);

        // when
        pool.retire(GONE);
        source.turn();

        // then
        assertThat(client.error).isEqualTo(GONE);
    }

    @Test
    void serverLostWhileLentMakesRoom() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        var server = source.connects();
        var waiter = client(pool, 0);

        // when
        server.breaks();
        pool.closed(server);
        holder.givesBack();
        source.connects();

        // then
        assertThat(waiter.server).isNotNull().isNotSameAs(server);
        assertThat(pool.counts().servers()).isEqualTo(1);
    }

    @Test
    void serverLostWhileIdleIsNotLent() {
        // given
        var pool = pool(1);
        var server = idle(pool, 1, 0).getFirst();

        // when
        server.breaks();
        pool.closed(server);
        var client = client(pool, 0);
        source.connects();

        // then
        assertThat(client.server).isNotSameAs(server);
        assertThat(server.slot().place()).isEqualTo(Place.GONE);
    }

    @Test
    void serverLostWhileMovingIsReplaced() {
        // given
        var pool = pool(1);
        var server = idle(pool, 1, 0).getFirst();
        server.losesItsConnectionWhenMoved = true;
        var client = client(pool, 1);

        // when
        pool.closed(server);
        source.turn();
        source.connects();

        // then
        assertThat(client.server).isNotNull().isNotSameAs(server);
    }
}
