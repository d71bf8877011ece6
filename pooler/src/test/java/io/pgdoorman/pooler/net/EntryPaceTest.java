package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EntryPaceTest {
    private static final long ENTRY_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long SHARE_NANOS = (ENTRY_NANOS + EntryPace.BESIDES_NANOS) * EntryPace.OTHERS;

    /// What is to run, by when.
    private record Timer(long dueNanos, Runnable task) {}

    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>((one, other) -> Long.compare(one.dueNanos(), other.dueNanos()));
    private long now = 1_000;
    private final EntryPace pace = new EntryPace((task, nanos) -> timers.add(new Timer(now + nanos, task)), () -> now);
    private final List<Integer> entered = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();

    private Runnable entry(int number) {
        return () -> {
            entered.add(number);
            times.add(now);
            now += ENTRY_NANOS;
        };
    }

    private void crowd(int size) {
        for (int i = 0; i < size; i++) {
            pace.enter(entry(i));
        }
    }

    private void runTimers() {
        while (!timers.isEmpty()) {
            var next = timers.remove();
            now = Math.max(now, next.dueNanos());
            next.task().run();
        }
    }

    @Test
    void fewNeverWait() {
        // when
        crowd(5);

        // then
        assertThat(entered).hasSize(5);
        assertThat(timers).isEmpty();
    }

    @Test
    void crowdTakesItsShareAndNoMoreAndComesInInOrder() {
        // given
        int size = 1_000;
        long begin = now;

        // when
        crowd(size);
        runTimers();

        // then
        assertThat(entered).hasSize(size).isSorted();
        assertThat(now - begin)
                .isBetween(size * SHARE_NANOS - 2 * EntryPace.CREDIT_NANOS, size * SHARE_NANOS + SHARE_NANOS);
    }

    @Test
    void nobodyWaitsLongForOthersToEnter() {
        // when
        crowd(1_000);
        runTimers();

        // then
        int atOnce = 1;
        int most = 1;
        for (int i = 1; i < times.size(); i++) {
            atOnce = times.get(i) - times.get(i - 1) > ENTRY_NANOS ? 1 : atOnce + 1;
            most = Math.max(most, atOnce);
        }
        assertThat(most).as("entries one behind the other").isLessThanOrEqualTo(7);
    }

    @Test
    void whoComesWhileOthersWaitIsBehindThem() {
        // given
        crowd(100);
        now += TimeUnit.SECONDS.toNanos(1);

        // when
        pace.enter(entry(100));
        runTimers();

        // then
        assertThat(entered).hasSize(101).isSorted();
    }

    @Test
    void quietTimeIsNotSavedUp() {
        // given
        now += TimeUnit.HOURS.toNanos(1);

        // when
        crowd(1_000);

        // then
        assertThat(entered).hasSizeLessThanOrEqualTo(7);
    }

    @Test
    void entryThatFailsKeepsNobodyOut() {
        // given
        crowd(7);
        pace.enter(() -> {
            throw new IllegalStateException("of one entry");
        });
        pace.enter(entry(8));

        // when
        assertThatThrownBy(this::runTimers).hasMessage("of one entry");
        runTimers();

        // then
        assertThat(entered).last().isEqualTo(8);
    }
}
