package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.PoolSlot.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random stories of one pool; the deterministic simulation of many is [PoolSimulationTest].
class PoolStoryTest extends PoolStage {
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
