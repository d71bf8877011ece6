package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// When servers are connected, and what becomes of a connect that fails.
class PoolConnectTest extends PoolStage {
    @Test
    void neverHasMoreServersThanItsSizeNorConnectsThanAllowed() {
        // given
        var pool = pool(6);

        // when
        for (int i = 0; i < 20; i++) {
            client(pool, i % 2);
        }

        // then
        assertThat(source.connects).hasSize(4);
        source.connects();
        source.connects();
        source.connects();
        assertThat(source.connects).hasSize(3);
        assertThat(pool.counts().servers() + pool.counts().connecting()).isEqualTo(6);
    }

    @Test
    void failedConnectRefusesTheWaitingWhenThereIsNoOtherServer() {
        // given
        var pool = pool(2);
        var client = client(pool, 0);

        // when
        source.refuses(DOWN, false);

        // then
        assertThat(client.error).isEqualTo(DOWN);
    }

    @Test
    void failedConnectIsTriedAgainLaterWhenOthersServe() {
        // given
        var pool = pool(2);
        var _ = client(pool, 0);
        source.connects();
        var waiter = client(pool, 0);

        // when
        source.refuses(DOWN, false);

        // then
        assertThat(waiter.error).isNull();
        assertThat(source.connects).isEmpty();
        source.passes(10 * MILLI);
        assertThat(source.connects).hasSize(1);
        source.refuses(DOWN, false);
        source.passes(10 * MILLI);
        assertThat(source.connects).isEmpty();
        source.passes(10 * MILLI);
        source.connects();
        assertThat(waiter.server).isNotNull();
    }

    @Test
    void temporaryFailureKeepsTheWaitingAndNamesItWhenTimeIsUp() {
        // given
        var pool = pool(1);
        var client = client(pool, 0);

        // when
        source.refuses(DOWN, true);
        source.passes(5 * SECOND);

        // then
        var error = client.error;
        assertThat(error).isNotNull();
        assertThat(String.valueOf(error)).contains("Last connect failed: connection refused");
    }

    @Test
    void connectsForAClientAloneWhileTheSourceIsNotReady() {
        // given
        source.ready = false;
        var pool = pool(settings(5, 3));
        pool.tick();
        assertThat(source.connects).isEmpty();

        // when
        var client = client(pool, 0);
        source.connects();

        // then
        assertThat(client.server).isNotNull();
    }

    @Test
    void fillsUpToItsMinimum() {
        // given
        var pool = pool(settings(5, 3));

        // when
        pool.tick();

        // then
        assertThat(source.connects).hasSize(3);
    }

    @Test
    void growsForThoseWhoWait() {
        // given
        var pool = pool(1);
        var _ = client(pool, 0);
        source.connects();
        var waiter = client(pool, 0);

        // when
        pool.apply(settings(2, 0));
        source.connects();

        // then
        assertThat(waiter.server).isNotNull();
    }
}
