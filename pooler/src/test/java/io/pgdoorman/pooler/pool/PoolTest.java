package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PoolTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final PgError DOWN = PgError.fatal("08006", "connection refused");
    private static final PgError GONE = PgError.fatal("57P01", "the pool was removed");

    private final FakeSource source = new FakeSource(2);
    private double luck = 0.5;

    private Pool<FakeServer> pool(PoolSettings settings) {
        return new Pool<>(
                new Pool.Parts<>(
                        "database \"shop\", user \"app\"",
                        source,
                        new Coordinator("shop", CapSettings.NONE, () -> source.now),
                        () -> source.now,
                        () -> luck),
                settings);
    }

    private Pool<FakeServer> pool(int size) {
        return pool(settings(size, 0));
    }

    private static PoolSettings settings(int size, int minSize) {
        return settings(size, minSize, new PoolSettings.Times(Duration.ZERO, Duration.ZERO, Duration.ZERO));
    }

    private static PoolSettings settings(int size, int minSize, PoolSettings.Times times) {
        return new PoolSettings(size, minSize, Duration.ofSeconds(5), times, new PoolSettings.Growth(4, 20, 0), false);
    }

    private static PoolSettings.Times times(int lifetime, int idle, int check) {
        return new PoolSettings.Times(
                Duration.ofSeconds(lifetime), Duration.ofSeconds(idle), Duration.ofSeconds(check));
    }

    private static FakeBorrower client(Pool<FakeServer> pool, int loop) {
        return new FakeBorrower(pool, loop).borrows();
    }

    /// Fills the pool with idle servers that live on that loop and have served a client.
    private List<FakeServer> idle(Pool<FakeServer> pool, int count, int loop) {
        var clients = new ArrayList<FakeBorrower>();
        var servers = new ArrayList<FakeServer>();
        for (int i = 0; i < count; i++) {
            clients.add(client(pool, loop));
            if (!source.connects.isEmpty()) {
                source.connects();
            }
        }
        for (var client : clients) {
            var server = client.server;
            if (server == null) {
                throw new AssertionError("not served");
            }
            servers.add(server);
            client.givesBack();
        }
        return servers;
    }

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
    void prefersTheServersOwnLoopWhileNobodyElsewhereWaitsMuchLonger() {
        // given
        var pool = pool(1);
        var holder = client(pool, 0);
        var server = source.connects();
        var elsewhere = client(pool, 1);
        source.passes(10 * MILLI);
        var here = client(pool, 0);

        // when
        holder.givesBack();
        source.turn();

        // then
        assertThat(here.server).isSameAs(server);
        assertThat(elsewhere.server).isNull();
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
    void endsServersAtTheirLifetimeSpreadByTwentyPercent() {
        // given
        var pool = pool(settings(2, 0, times(100, 0, 0)));
        luck = 0;
        var early = idle(pool, 1, 0).getFirst();

        // when
        source.passes(79 * SECOND);
        int none = pool.retain(10);
        source.passes(2 * SECOND);
        int one = pool.retain(10);

        // then
        assertThat(none).isZero();
        assertThat(one).isEqualTo(1);
        assertThat(early.closeReason).isEqualTo(CloseReason.LIFETIME);
    }

    @Test
    void endsAnOldServerWhenItIsGivenBackUnlessSomebodyWaits() {
        // given
        var pool = pool(settings(1, 0, times(100, 0, 0)));
        var holder = client(pool, 0);
        var server = source.connects();
        source.passes(101 * SECOND);
        var waiter = client(pool, 0);

        // when
        holder.givesBack();
        boolean servedOnce = waiter.server == server;
        waiter.givesBack();

        // then
        assertThat(servedOnce).isTrue();
        assertThat(server.closeReason).isEqualTo(CloseReason.LIFETIME);
    }

    @Test
    void idleTimeoutCountsOnlyForServersThatServed() {
        // given
        var pool = pool(settings(2, 1, times(0, 10, 0)));
        pool.tick();
        var prewarmed = source.connects();
        pool.apply(settings(2, 0, times(0, 10, 0)));

        // when
        source.passes(20 * SECOND);
        pool.retain(10);
        boolean stayed = prewarmed.isOpen();
        client(pool, 0).givesBack();
        source.turn();
        source.passes(20 * SECOND);
        pool.retain(10);

        // then
        assertThat(stayed).isTrue();
        assertThat(prewarmed.closeReason).isEqualTo(CloseReason.IDLE);
    }

    @Test
    void idleTimeoutLeavesTheMinimum() {
        // given
        var pool = pool(settings(5, 2, times(0, 10, 0)));
        idle(pool, 5, 0);
        source.connects.clear();

        // when
        source.passes(20 * SECOND);
        int closed = pool.retain(10);

        // then
        assertThat(closed).isEqualTo(3);
        assertThat(pool.counts().idle()).isEqualTo(2);
        assertThat(source.connects).isEmpty();
    }

    @Test
    void idleCheckDoesNotMakeAServerYounger() {
        // given
        var pool = pool(settings(1, 0, times(0, 10, 3)));
        var server = idle(pool, 1, 0).getFirst();

        // when
        for (int i = 0; i < 3 && server.isOpen(); i++) {
            source.passes(4 * SECOND);
            pool.retain(10);
            source.turn();
            server.answersProbe();
        }

        // then
        assertThat(server.closeReason).isEqualTo(CloseReason.IDLE);
    }

    @Test
    void checkedServerIsNotLentUntilItAnswers() {
        // given
        var pool = pool(settings(1, 0, times(0, 0, 3)));
        var server = idle(pool, 1, 0).getFirst();
        source.passes(4 * SECOND);
        pool.tick();
        source.turn();

        // when
        var client = client(pool, 0);
        var before = client.server;
        server.answersProbe();

        // then
        assertThat(before).isNull();
        assertThat(client.server).isSameAs(server);
    }

    @Test
    void serverThatDoesNotAnswerIsReplaced() {
        // given
        var pool = pool(settings(1, 0, times(0, 0, 3)));
        var server = idle(pool, 1, 0).getFirst();
        source.passes(4 * SECOND);
        pool.tick();
        source.turn();
        var client = client(pool, 0);

        // when
        server.close(CloseReason.PROBE_FAILED);
        pool.closed(server);
        source.connects();

        // then
        assertThat(client.server).isNotNull().isNotSameAs(server);
    }

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

    /// Whatever happens in whatever order: nobody is lent a server twice, the size holds, and in the end all is
    /// back.
    @Test
    void booksBalanceAfterAnyStory() {
        for (int seed = 0; seed < 200; seed++) {
            // given
            var random = new Random(seed);
            var story = new FakeSource(2);
            var pool = new Pool<>(
                    new Pool.Parts<>(
                            "x",
                            story,
                            new Coordinator("x", CapSettings.NONE, () -> story.now),
                            () -> story.now,
                            () -> 0.5),
                    settings(3, 0));
            var clients = new ArrayList<FakeBorrower>();

            // when
            for (int step = 0; step < 200; step++) {
                tells(random, story, pool, clients);
                var counts = pool.counts();
                assertThat(counts.servers() + counts.connecting())
                        .as("seed " + seed)
                        .isLessThanOrEqualTo(3);
            }
            clients.forEach(client -> {
                if (client.server != null) {
                    client.givesBack();
                } else {
                    client.leaves();
                }
            });
            while (!story.connects.isEmpty() || !story.tasks.isEmpty()) {
                story.turn();
                if (!story.connects.isEmpty()) {
                    story.connects();
                }
            }

            // then
            var counts = pool.counts();
            assertThat(counts.lent() + counts.waiting() + counts.checked())
                    .as("seed " + seed)
                    .isZero();
        }
    }

    private static void tells(Random random, FakeSource source, Pool<FakeServer> pool, List<FakeBorrower> clients) {
        switch (random.nextInt(8)) {
            case 0, 1 -> clients.add(client(pool, random.nextInt(2)));
            case 2, 3 -> {
                if (!clients.isEmpty()) {
                    var client = clients.remove(random.nextInt(clients.size()));
                    if (client.server != null) {
                        client.givesBack();
                    } else {
                        client.leaves();
                    }
                }
            }
            case 4 -> {
                var task = source.tasks.poll();
                if (task != null) {
                    task.run();
                }
            }
            case 5 -> {
                if (!source.connects.isEmpty()) {
                    source.connects();
                }
            }
            case 6 ->
                pool.servers().stream().findAny().ifPresent(server -> {
                    if (random.nextInt(4) == 0 && server.slot().place() == Place.IDLE) {
                        server.breaks();
                        pool.closed(server);
                    } else {
                        server.losesItsConnectionWhenMoved = random.nextInt(4) == 0;
                    }
                });
            default -> source.passes(random.nextInt(50) * MILLI);
        }
    }
}
