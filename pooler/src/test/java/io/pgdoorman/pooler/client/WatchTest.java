package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.client.Timeouts.Doing;
import io.pgdoorman.pooler.client.Timeouts.Limit;
import io.pgdoorman.pooler.client.Timeouts.Moment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WatchTest {
    private final FakeTime time = new FakeTime();
    private final FakeClient client = new FakeClient();
    private final Watch watch = new Watch(client, time, time::now);

    @Test
    void withoutLimitsNoTimerIsSet() {
        // given
        client.limits = Timeouts.NONE;

        // when
        watch.look();
        client.does(Doing.QUERY);
        watch.busy();

        // then
        assertThat(time.sets).isZero();
    }

    @Test
    void limitIsReachedToTheNanosecondThoughTheTimerWasSetForAnother() {
        // given
        client.limits = new Timeouts(0, 1000, 300, 0, 100);
        watch.look();

        // when
        time.advance(10);
        client.does(Doing.QUERY);
        watch.busy();
        time.advance(60);
        client.does(Doing.IDLE_IN_TRANSACTION); // nobody tells the watch
        time.advance(299);
        boolean early = client.expired.isEmpty();
        time.advance(1);

        // then
        assertThat(early).isTrue();
        assertThat(client.expired).containsExactly(Limit.IDLE_IN_TRANSACTION);
    }

    @Test
    void manyShortTransactionsSetTheTimerOncePerLimit() {
        // given
        client.limits = new Timeouts(0, 100_000, 0, 0, 1000);
        watch.look();

        // when
        for (int i = 0; i < 1000; i++) {
            client.does(Doing.QUERY);
            watch.busy();
            time.advance(5);
            client.does(Doing.IDLE);
            time.advance(5);
        }

        // then
        assertThat(client.expired).isEmpty();
        assertThat(time.sets).as("in ten times the shortest limit").isBetween(10, 25);
    }

    @Test
    void idleClientIsNotLookedAtMoreOftenThanItsOwnLimit() {
        // given
        client.limits = new Timeouts(0, 1_000_000, 0, 0, 10);

        // when
        watch.look();
        time.advance(999_999);

        // then
        assertThat(time.sets).isEqualTo(1);
        time.advance(1);
        assertThat(client.expired).containsExactly(Limit.IDLE);
    }

    @Test
    void cancelledQueryHasItsGraceEvenWhereLimitsWereTakenAway() {
        // given
        client.limits = new Timeouts(0, 0, 0, 0, 100);
        client.does(Doing.QUERY);
        watch.busy();
        client.onExpiry = Doing.CANCELLED;
        time.advance(100);
        client.limits = Timeouts.NONE;
        watch.look();

        // when
        time.advance(Timeouts.GRACE_NANOS);

        // then
        assertThat(client.expired).containsExactly(Limit.QUERY, Limit.GRACE);
    }

    @Test
    void transactionLimitHoldsWhateverTheClientDoesInIt() {
        // given
        client.limits = new Timeouts(0, 0, 50, 120, 50);
        client.does(Doing.QUERY);
        client.transaction = time.now();
        watch.busy();

        // when
        for (int i = 0; i < 4; i++) {
            time.advance(30);
            client.does(i % 2 == 0 ? Doing.IDLE_IN_TRANSACTION : Doing.QUERY);
        }

        // then
        assertThat(client.expired).containsExactly(Limit.TRANSACTION);
    }

    @Test
    void stoppedWatchIsSilent() {
        // given
        client.limits = new Timeouts(0, 100, 0, 0, 0);
        watch.look();

        // when
        watch.stop();
        time.advance(1000);

        // then
        assertThat(client.expired).isEmpty();
    }

    private final class FakeClient implements Watch.Watched {
        private final List<Limit> expired = new ArrayList<>();
        private Timeouts limits = Timeouts.NONE;
        private Doing doing = Doing.IDLE;
        private @Nullable Doing onExpiry;
        private long since = time.now();
        private long transaction = time.now();
        private boolean gone;

        void does(Doing next) {
            doing = next;
            since = time.now();
            if (next == Doing.IDLE) {
                transaction = since;
            }
        }

        @Override
        public Timeouts timeouts() {
            return limits;
        }

        @Override
        public @Nullable Moment moment() {
            return gone ? null : new Moment(doing, since, transaction);
        }

        @Override
        public void expired(Limit limit) {
            expired.add(limit);
            var next = onExpiry;
            onExpiry = null;
            if (next == null) {
                gone = true;
            } else {
                does(next);
            }
        }
    }

    /// One timer at most is set at a time.
    private static final class FakeTime implements Watch.Timer {
        private long now = Long.MAX_VALUE - 500; // nanoTime may wrap around
        private @Nullable Runnable task;
        private long due;
        private int sets;

        long now() {
            return now;
        }

        @Override
        public Runnable later(Runnable next, long delayNanos) {
            assertThat(task).isNull();
            task = next;
            due = now + delayNanos;
            sets++;
            return () -> task = null;
        }

        void advance(long nanos) {
            long end = now + nanos;
            while (task != null && due - end <= 0) {
                now = due;
                var running = task;
                task = null;
                running.run();
            }
            now = end;
        }
    }
}
