package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.CloseReason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// When servers are connected and when they are replaced.
class PoolGrowthTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;

    private final FakeSource source = new FakeSource(1);

    private Pool<FakeServer> pool(int size, Duration lifetime, int patience) {
        var times = new PoolSettings.Times(lifetime, Duration.ZERO, Duration.ZERO);
        var growth = new PoolSettings.Growth(4, 20, patience);
        return new Pool<>(
                new Pool.Parts<>(
                        "p",
                        source,
                        new Coordinator("p", CapSettings.NONE, () -> source.now),
                        () -> source.now,
                        () -> 0.5),
                new PoolSettings(size, 0, Duration.ofSeconds(5), times, growth, false));
    }

    private static FakeBorrower client(Pool<FakeServer> pool) {
        return new FakeBorrower(pool, 0).borrows();
    }

    @Test
    void aboveTheWarmFillOnlyWhoWaitsLongGetsANewServer() {
        // given
        var pool = pool(5, Duration.ZERO, 10);
        var _ = client(pool);
        source.connects();

        // when
        var waiter = client(pool);
        boolean atOnce = !source.connects.isEmpty();
        source.passes(500 * MILLI);

        // then
        assertThat(atOnce).isFalse();
        source.connects();
        assertThat(waiter.server).isNotNull();
    }

    @Test
    void serverThatComesBackSavesAConnect() {
        // given
        var pool = pool(5, Duration.ZERO, 10);
        var holder = client(pool);
        source.connects();
        var waiter = client(pool);

        // when
        holder.givesBack();
        source.passes(500 * MILLI);

        // then
        assertThat(waiter.server).isNotNull();
        assertThat(source.connects).isEmpty();
    }

    @Test
    void tellsWhoWaitedLongerThanAServerNeedsToComeBack() {
        // given
        var pool = pool(5, Duration.ZERO, 10);
        var holder = client(pool);
        source.connects();

        // when
        var _ = client(pool);
        var _ = client(pool);
        holder.givesBack();
        source.passes(500 * MILLI);
        source.connects();

        // then
        assertThat(pool.growth().handovers()).isEqualTo(1);
        assertThat(pool.growth().impatientConnects()).isEqualTo(1);
        assertThat(pool.growth().outwaited()).isEqualTo(1);
        assertThat(pool.growth().outwaitedAtGate()).isZero();
    }

    @Test
    void tellsWhoWaitedForTheGate() {
        // given
        var pool = pool(30, Duration.ZERO, 10);
        for (int i = 0; i < 4; i++) {
            var _ = client(pool);
        }

        // when
        var gated = client(pool);
        source.passes(600 * MILLI);
        source.connects();

        // then
        assertThat(pool.growth().gateWaits()).isPositive();
        assertThat(gated.server).isNull();
        while (gated.server == null) {
            source.connects();
        }
        assertThat(pool.growth().outwaitedAtGate()).isEqualTo(1);
        assertThat(pool.growth().outwaited()).isZero();
    }

    @Test
    void oldServerIsReplacedUnderPermanentWaiting() {
        // given
        var pool = pool(1, Duration.ofSeconds(100), 0);
        var holder = client(pool);
        var old = source.connects();
        source.passes(101 * SECOND);
        var next = client(pool);
        var last = client(pool);

        // when
        holder.givesBack();
        source.connects();
        next.givesBack();

        // then
        assertThat(last.server).isNotNull().isNotSameAs(old);
        assertThat(old.closeReason).isEqualTo(CloseReason.LIFETIME);
        assertThat(pool.counts().servers()).isEqualTo(1);
    }

    @Test
    void pauseIsCompleteWhenTheLastServerIsBack() {
        // given
        var pool = pool(1, Duration.ZERO, 0);
        var holder = client(pool);
        source.connects();

        // when
        var paused = pool.pause().toCompletableFuture();
        boolean before = paused.isDone();
        holder.givesBack();

        // then
        assertThat(before).isFalse();
        assertThat(paused).isCompletedWithValue(true);
    }

    @Test
    void pauseThatIsResumedEarlyWasNotFulfilled() {
        // given
        var pool = pool(1, Duration.ZERO, 0);
        var _ = client(pool);
        source.connects();
        var paused = pool.pause().toCompletableFuture();

        // when
        pool.resume();

        // then
        assertThat(paused).isCompletedWithValue(false);
    }

    @Test
    void clientsThatWaitForSecondsOnEndGetMoreServers() {
        // given
        var pool = pool(5, Duration.ZERO, 10);
        var holder = client(pool);
        source.connects();

        // when
        for (int second = 0; second < 4; second++) {
            holder = takesTurns(pool, holder, 30);
        }

        // then
        assertThat(source.connects).hasSize(4);
        source.connects();
        assertThat(pool.counts().servers()).isEqualTo(2);
    }

    @Test
    void burstOfWaitsGetsNoMoreServers() {
        // given
        var pool = pool(5, Duration.ZERO, 10);
        var holder = client(pool);
        source.connects();

        // when
        for (int second = 0; second < 6; second++) {
            holder = takesTurns(pool, holder, second % 3 == 2 ? 3 : 30);
        }

        // then
        assertThat(source.connects).isEmpty();
    }

    @Test
    void waitsThatMostDoNotHaveGetNoMoreServers() {
        // given
        var pool = pool(5, Duration.ZERO, 10);
        var holder = client(pool);
        source.connects();

        // when
        for (int second = 0; second < 4; second++) {
            for (int i = 0; i < 600; i++) {
                holder.givesBack();
                holder = client(pool);
            }
            holder = takesTurns(pool, holder, 30);
        }

        // then
        assertThat(source.connects).isEmpty();
    }

    /// Within a second so many clients wait for the one server, each for a moment.
    ///
    /// @return who has it then
    private FakeBorrower takesTurns(Pool<FakeServer> pool, FakeBorrower holder, int times) {
        var last = holder;
        for (int i = 0; i < times; i++) {
            var next = client(pool);
            last.givesBack();
            last = next;
        }
        source.passes(SECOND);
        pool.tick();
        return last;
    }
}
