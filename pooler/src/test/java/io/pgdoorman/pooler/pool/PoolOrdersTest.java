package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.CloseReason;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What an administrator or a reload asks of a pool.
class PoolOrdersTest extends PoolStage {
    @Test
    void shrinksAtOnceAndAsServersComeBack() {
        // given
        var pool = pool(4);
        var holders = List.of(client(pool, 0), client(pool, 0), client(pool, 0), client(pool, 0));
        holders.forEach(_ -> source.connects());
        holders.get(0).givesBack();

        // when
        pool.apply(settings(2, 0));
        int atOnce = pool.counts().servers();
        holders.get(1).givesBack();
        holders.get(2).givesBack();

        // then
        assertThat(atOnce).isEqualTo(3);
        assertThat(pool.counts().servers()).isEqualTo(2);
        assertThat(pool.counts().idle()).isEqualTo(1);
    }

    @Test
    void lendsNothingWhilePausedAndEverythingAfter() {
        // given
        var pool = pool(2);
        idle(pool, 1, 0);
        pool.pause();

        // when
        var here = client(pool, 0);
        var elsewhere = client(pool, 1);
        boolean waited = here.server == null && elsewhere.server == null && source.connects.isEmpty();
        pool.resume();
        source.turn();
        source.connects();

        // then
        assertThat(waited).isTrue();
        assertThat(here.server).isNotNull();
        assertThat(elsewhere.server).isNotNull();
    }

    @Test
    void serverGivenBackDuringAPauseRests() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        source.connects();
        var waiter = client(pool, 0);
        pool.pause();

        // when
        holder.givesBack();

        // then
        assertThat(waiter.server).isNull();
        assertThat(pool.counts().idle()).isEqualTo(1);
    }

    @Test
    void reconnectEndsIdleServersAtOnceAndLentOnesLater() {
        // given
        var pool = pool(2);
        var holder = client(pool, 0);
        var lent = source.connects();
        var idle = idle(pool, 1, 0).getFirst();

        // when
        pool.reconnect();
        boolean lentStays = lent.isOpen();
        holder.givesBack();

        // then
        assertThat(lentStays).isTrue();
        assertThat(idle.closeReason).isEqualTo(CloseReason.RECONNECT);
        assertThat(lent.closeReason).isEqualTo(CloseReason.RECONNECT);
    }

    @Test
    void retiredPoolRefusesAllAndClosesWhatComesBack() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        var server = source.connects();
        var waiter = client(pool, 0);

        // when
        pool.retire(GONE);
        source.turn();
        var late = client(pool, 0);
        holder.givesBack();

        // then
        assertThat(waiter.error).isEqualTo(GONE);
        assertThat(late.error).isEqualTo(GONE);
        assertThat(server.closeReason).isEqualTo(CloseReason.RETIRED);
        assertThat(pool.counts().servers()).isZero();
    }

    @Test
    void connectThatSucceedsAfterTheEndIsClosed() {
        // given
        var pool = pool(1);
        var _ = client(pool, 0);
        pool.retire(GONE);

        // when
        var server = source.connects();

        // then
        assertThat(server.closeReason).isEqualTo(CloseReason.RETIRED);
        assertThat(pool.counts().servers()).isZero();
    }
}
