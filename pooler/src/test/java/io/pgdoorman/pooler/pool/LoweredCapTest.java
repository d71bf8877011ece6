package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The cap on a database's servers is lowered while they are in use.
class LoweredCapTest extends PoolStage {
    private static final CapSettings CAP = new CapSettings(4, 0, Duration.ofSeconds(1), Duration.ofSeconds(5), 0);

    private final Coordinator coordinator = new Coordinator("shop", CAP, () -> source.now);
    private final Pool<FakeServer> pool = new Pool<>(
            new Pool.Parts<>("database \"shop\", user \"app\"", source, coordinator, () -> source.now, () -> 0.5),
            settings(10, 0));

    private final List<FakeServer> servers = new ArrayList<>();

    private List<FakeBorrower> busy(int count) {
        var clients = new ArrayList<FakeBorrower>();
        for (int i = 0; i < count; i++) {
            clients.add(client(pool, 0));
            servers.add(source.connects());
        }
        return clients;
    }

    /// PostgreSQL is rid of those that were closed.
    private void hangsUp() {
        source.turn();
        for (var server : List.copyOf(servers)) {
            if (server.closeReason != null) {
                servers.remove(server);
                pool.closed(server);
            }
        }
    }

    @Test
    void idleServersEndAtOnce() {
        // given
        var clients = busy(4);
        clients.forEach(FakeBorrower::givesBack);

        // when
        coordinator.allow(2);
        hangsUp();

        // then
        assertThat(coordinator.used()).isEqualTo(2);
        assertThat(pool.counts().servers()).isEqualTo(2);
    }

    @Test
    void busyOnesEndWhenTheyAreGivenBack() {
        // given
        var clients = busy(4);

        // when
        coordinator.allow(2);
        clients.forEach(FakeBorrower::givesBack);
        hangsUp();

        // then
        assertThat(coordinator.used()).isEqualTo(2);
    }

    @Test
    void busyOnesEndWhenTheyAreGivenBackThoughOthersWaitForThem() {
        // given
        var clients = busy(4);
        client(pool, 0);
        client(pool, 0);

        // when
        coordinator.allow(2);
        hangsUp();
        int early = coordinator.used();
        clients.getFirst().givesBack();
        clients.get(1).givesBack();
        hangsUp();

        // then
        assertThat(early).as("nobody is interrupted").isEqualTo(4);
        assertThat(coordinator.used()).isEqualTo(2);
        assertThat(pool.counts().waiting()).isEqualTo(2);

        // when
        clients.get(2).givesBack();
        clients.get(3).givesBack();
        hangsUp();

        // then
        assertThat(coordinator.used()).isEqualTo(2);
        assertThat(pool.counts().waiting()).isZero();
    }

    @Test
    void oneThatWasBeingConnectedEndsToo() {
        // given
        client(pool, 0);
        client(pool, 0);

        // when
        coordinator.allow(1);
        servers.add(source.connects());
        servers.add(source.connects());
        coordinator.settle();
        List.copyOf(servers).forEach(pool::giveBack);
        hangsUp();

        // then
        assertThat(coordinator.used()).isEqualTo(1);
    }

    @Test
    void moreIsConnectedWhenItIsRaisedAgain() {
        // given
        coordinator.allow(1);
        busy(1);
        client(pool, 0);
        int early = source.connects.size();

        // when
        coordinator.allow(null);

        // then
        assertThat(early).isZero();
        assertThat(source.connects).hasSize(1);
    }

    @Test
    void anotherCapOfTheConfigurationLeavesItAsItWasSaid() {
        // given
        coordinator.allow(2);

        // when
        coordinator.apply(new CapSettings(9, 0, Duration.ofSeconds(1), Duration.ZERO, 0), 2);

        // then
        assertThat(coordinator.settings().max()).isEqualTo(2);
        coordinator.allow(null);
        assertThat(coordinator.settings().max()).isEqualTo(9);
    }
}
