package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ObservedLeaseTest {

    private static final ZonedDateTime NOON = ZonedDateTime.of(2026, 3, 1, 12, 0, 0, 0, ZoneOffset.UTC);
    private static final KubernetesClient CLIENT = new KubernetesClientBuilder().build();

    private @Nullable LeaderElectionRecord live;
    private Duration passed = Duration.ofDays(3);
    private ZonedDateTime now = NOON;
    private final ObservedLease lease = new ObservedLease(new Live(), () -> passed.toNanos(), () -> now);

    /// The Lease as it is at the API server.
    private final class Live implements Lock {
        @Override
        public @Nullable LeaderElectionRecord get(KubernetesClient client) {
            return live;
        }

        @Override
        public void create(KubernetesClient client, LeaderElectionRecord first) {
            live = first;
        }

        @Override
        public void update(KubernetesClient client, LeaderElectionRecord next) {
            live = next;
        }

        @Override
        public String identity() {
            return "me";
        }

        @Override
        public String describe() {
            return "lease";
        }
    }

    private void renewed(ZonedDateTime byItsClock) {
        live = new LeaderElectionRecord("other", Duration.ofSeconds(15), NOON, byItsClock, 3);
    }

    private void later(Duration time) {
        passed = passed.plus(time);
        now = now.plus(time);
    }

    private Duration age() {
        return Duration.between(Objects.requireNonNull(lease.get(CLIENT)).getRenewTime(), now);
    }

    @Test
    void aHolderWhoseClockIsAheadIsFollowedInTime() {
        // given
        renewed(NOON.plusMinutes(30));
        age();

        // when
        later(Duration.ofSeconds(16));

        // then
        assertThat(age()).isEqualTo(Duration.ofSeconds(16));
    }

    @Test
    void aHolderWhoseClockIsBehindIsNotDeposedWhileItRenews() {
        for (var renewal = 0; renewal < 20; renewal++) {
            // given
            renewed(NOON.minusMinutes(30).plusSeconds(2L * renewal));

            // then
            assertThat(age()).isZero();

            // when
            later(Duration.ofSeconds(2));
        }
    }

    @Test
    void whoSeesALeaseForTheFirstTimeWaitsAllOfIt() {
        // given
        renewed(NOON.minusDays(1));

        // then
        assertThat(age()).isZero();
    }

    @Test
    void aClockThatIsSetChangesNothing() {
        // given
        renewed(NOON);
        age();
        later(Duration.ofSeconds(5));

        // when
        now = now.plusHours(1);

        // then
        assertThat(age()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void anotherHolderIsARenewal() {
        // given
        renewed(NOON);
        age();
        later(Duration.ofSeconds(14));

        // when
        live = new LeaderElectionRecord("third", Duration.ofSeconds(15), NOON, NOON, 4);

        // then
        assertThat(age()).isZero();
    }

    @Test
    void aLeaseThatNobodyMadeIsNone() {
        // when
        var record = lease.get(CLIENT);

        // then
        assertThat(record).isNull();
    }
}
