package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who gets a server, and when nobody does.
class PoolTest extends PoolStage {
    @Test
    void handsFreedServerToOldestWaiter() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        source.connects();
        var first = client(pool, 0);
        source.passes(MILLI);
        var second = client(pool, 0);

        // when
        holder.givesBack();

        // then
        assertThat(first.server).isNotNull();
        assertThat(second.server).isNull();
        assertThat(pool.counts().waiting()).isEqualTo(1);
    }

    @Test
    void lendsTheLastUsedServerOfTheOwnLoopAtOnce() {
        // given
        var pool = pool(2);
        var servers = idle(pool, 2, 0);

        // when
        var client = client(pool, 0);

        // then
        assertThat(client.server).isSameAs(servers.get(1));
        assertThat(client.ticket).isNull();
    }

    @Test
    void movesAnIdleServerFromAnotherLoop() {
        // given
        var pool = pool(1);
        var server = idle(pool, 1, 0).getFirst();

        // when
        var client = client(pool, 1);
        source.turn();

        // then
        assertThat(client.server).isSameAs(server);
        assertThat(server.loop()).isEqualTo(1);
        assertThat(source.connects).isEmpty();
    }

    @Test
    void prefersTheServersOwnLoopWhileNobodyElsewhereWaitsLonger() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        var server = source.connects();
        var elsewhere = client(pool, 1);
        source.passes(MILLI / 4);
        var here = client(pool, 0);

        // when
        holder.givesBack();
        source.turn();

        // then
        assertThat(here.server).isSameAs(server);
        assertThat(elsewhere.server).isNull();
    }

    @Test
    void evensTheLoopsOutByOneServerAtATime() {
        // given
        var pool = pool(2);
        var holders = List.of(client(pool, 0), client(pool, 0));
        holders.forEach(_ -> source.connects());
        var elsewhere = List.of(client(pool, 1), client(pool, 1));
        source.passes(10 * MILLI);
        var here = client(pool, 0);

        // when
        holders.forEach(FakeBorrower::givesBack);
        source.turn();

        // then
        assertThat(elsewhere.get(0).server).isNotNull();
        assertThat(here.server).isNotNull();
        assertThat(elsewhere.get(1).server).isNull();
    }

    @Test
    void servesTheOtherLoopBeyondItsPatience() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        var server = source.connects();
        var elsewhere = client(pool, 1);
        source.passes(30 * MILLI);
        var here = client(pool, 0);

        // when
        holder.givesBack();
        source.turn();

        // then
        assertThat(elsewhere.server).isSameAs(server);
        assertThat(here.server).isNull();
    }

    @Test
    void refusesWhoWaitedTooLongAndSaysWhy() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        source.connects();
        var waiter = client(pool, 0);

        // when
        source.passes(5 * SECOND);

        // then
        assertThat(holder.server).isNotNull();
        assertThat(waiter.error)
                .isEqualTo(PgError.error(
                                "53300",
                                "no server for database \"shop\", user \"app\" within query_wait_timeout (5000 ms)")
                        .withDetail("Servers: 1 of 1, idle 0, connecting 0; clients waiting 0.")
                        .withHint("Raise pool_size or query_wait_timeout, or shorten transactions."));
    }

    @Test
    void refusesInTimeAfterTheWaitTimeoutWasLowered() {
        // given
        var pool = pool(1);
        var _ = client(pool, 0);
        source.connects();
        var slow = client(pool, 1);
        pool.apply(new PoolSettings(
                1, 0, Duration.ofSeconds(1), times(0, 0, 0), new PoolSettings.Growth(4, 20, 0), false));

        // when
        var quick = client(pool, 0);
        source.passes(SECOND);

        // then
        assertThat(quick.error).isNotNull();
        assertThat(slow.error).isNull();
        source.passes(4 * SECOND);
        assertThat(slow.error).isNotNull();
    }

    @Test
    void passesOverWhoGaveUp() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        source.connects();
        var left = client(pool, 0);
        var next = client(pool, 0);

        // when
        boolean inTime = left.leaves();
        holder.givesBack();

        // then
        assertThat(inTime).isTrue();
        assertThat(next.server).isNotNull();
        assertThat(left.server).isNull();
    }

    @Test
    void getsTheServerBackFromAClientThatLeftWhileItWasOnItsWay() {
        // given
        var pool = pool(1);
        idle(pool, 1, 0);
        var client = client(pool, 1);

        // when
        boolean inTime = client.leaves();
        source.turn();

        // then
        assertThat(inTime).isFalse();
        assertThat(pool.counts().idle()).isEqualTo(1);
        assertThat(pool.counts().lent()).isZero();
    }
}
