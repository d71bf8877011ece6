package io.pgdoorman.pooler.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.stats.StatementMemory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What the statements that clients, servers and caches know take of the heap.
class StatementMemoryTest {
    private static final int LIMIT = 1_000_000;

    private final StatementMemory memory = new StatementMemory(LIMIT);
    private final StatementCache cache = new StatementCache(0, 1000, memory);
    private final ClientStatements client = new ClientStatements(cache.tally());
    private final ServerStatements server = new ServerStatements(1000);

    private Statement intern(int number, int length) {
        byte[] tail = new byte[length];
        byte[] text = String.valueOf(number).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, tail, 0, text.length);
        return cache.intern(tail, 0, _ -> 0);
    }

    private static byte[] name(int number) {
        return ("name" + number).getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void aTextCountsOnceWhoeverKnowsIt() {
        // given
        var statement = intern(1, 10_000);
        long once = memory.held();

        // when
        server.add(statement);
        server.add(statement);
        var _ = client.put(ClientStatements.UNNAMED, statement);
        long known = memory.held();
        cache.close();
        server.remove(statement);
        server.remove(statement);
        long clientsAlone = memory.held();
        client.clear();

        // then
        assertThat(once).isBetween(10_000L, 11_000L);
        assertThat(known).isEqualTo(once);
        assertThat(clientsAlone).isEqualTo(once);
        assertThat(memory.held()).isZero();
    }

    @Test
    void namesCountToo() {
        // given
        var statement = intern(1, 10);
        long text = memory.held();

        // when
        for (int i = 0; i < 1000; i++) {
            var _ = client.put(name(i), statement);
        }
        long named = memory.held() - text;
        for (int i = 0; i < 1000; i++) {
            var _ = client.put(name(i), i % 2 == 0 ? null : intern(2, 10));
        }
        client.clear();
        cache.close();

        // then
        assertThat(named).isBetween(50_000L, 200_000L);
        assertThat(memory.held()).isZero();
    }

    @Test
    void nothingStaysAfterWhateverWasDone() {
        var random = new Random(5);
        var known = new ArrayList<Statement>();
        for (int step = 0; step < 20_000; step++) {
            var statement = intern(random.nextInt(300), 50);
            known.add(statement);
            var other = known.get(random.nextInt(known.size()));
            switch (random.nextInt(9)) {
                case 0 -> server.add(other);
                case 1 -> server.remove(other);
                case 2 -> server.evict();
                case 3 -> server.evictForMemory();
                case 4 -> client.put(name(random.nextInt(50)), other, step);
                case 5 -> client.put(name(random.nextInt(50)), null, step);
                case 6 -> cache.retain(Set.copyOf(known.subList(known.size() / 2, known.size())));
                case 7 -> client.settled();
                default -> other.retire();
            }
            if (random.nextInt(1000) == 0) {
                client.clear();
                server.doubt();
            }
        }
        client.clear();
        server.close();
        server.add(known.getLast()); // by one who has not heard yet
        cache.close();
        assertThat(memory.held()).isZero();
        assertThat(intern(1, 10)).isNotNull();
        assertThat(memory.held()).isZero();
    }

    @Test
    void cacheMakesRoomOfWhatNobodyKnows() {
        // given
        for (int i = 0; i < 20; i++) {
            server.add(intern(i, 20_000));
        }
        for (int i = 20; i < 30; i++) {
            intern(i, 20_000);
        }

        // when
        cache.makeRoom(20_000);

        // then
        assertThat(cache.size()).isLessThan(30).isGreaterThanOrEqualTo(20);
        assertThat(memory.isTight(20_000)).isFalse();
        assertThat(cache.knows(Unpooled.wrappedBuffer(Arrays.copyOf(new byte[] {'0'}, 20_000)), 0, 20_000, 0))
                .isTrue();
    }

    @Test
    void whoHasMuchIsRefusedBeforeTheOthers() {
        // given
        var modest = new ClientStatements(cache.tally());
        int i = 0;
        while (!client.isTooMuch(6, 10_000)) {
            var _ = client.put(name(i), intern(i, 10_000));
            i++;
        }

        // then
        assertThat(memory.held()).isBetween(LIMIT / 2 - 20_000L, LIMIT / 2 + 20_000L);
        assertThat(client.isTooMuch(0, -1)).isFalse();
        assertThat(modest.isTooMuch(6, 10_000)).isFalse();
        assertThat(modest.isTooMuch(6, LIMIT)).isTrue();
    }
}
