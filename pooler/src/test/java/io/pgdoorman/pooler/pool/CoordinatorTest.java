package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class CoordinatorTest {
    private static final long MILLI = 1_000_000;

    private final FakeSource source = new FakeSource(1);
    private final BusyLock lock = new BusyLock();
    private final Coordinator coordinator = new Coordinator(
            "shop", new CapSettings(1, 0, Duration.ofMillis(200), Duration.ZERO, 0), () -> source.now, lock);
    private final Seat seat = Seat.at(coordinator, new OutsideTenant("app", source));

    /// Another thread gets in as soon as it is free.
    private static final class BusyLock extends ReentrantLock {
        private static final long serialVersionUID = 1;
        private transient Runnable other = () -> {};

        @Override
        public void unlock() {
            super.unlock();
            var now = other;
            other = () -> {};
            now.run();
        }
    }

    private static final class Asking implements Coordinator.Applicant {
        private final List<String> told = new ArrayList<>();

        @Override
        public void granted() {
            told.add("granted");
        }

        @Override
        public void denied(PgError why) {
            told.add(why.sqlState());
        }
    }

    private Asking asks() {
        var asking = new Asking();
        seat.acquire(asking);
        return asking;
    }

    @Test
    void whoWaitsIsDeniedInTimeThoughTheLastOneWasServedInTheMiddleOfARound() {
        // given
        asks();
        var served = asks();
        lock.other = seat::release;
        source.passes(60 * MILLI);
        assertThat(served.told).containsExactly("granted");

        // when
        var waiting = asks();
        for (int i = 0; i < 10; i++) {
            source.passes(60 * MILLI);
        }

        // then
        assertThat(waiting.told).containsExactly("53300");
    }
}
