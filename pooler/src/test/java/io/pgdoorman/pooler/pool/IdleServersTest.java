package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdleServersTest {
    private final FakeSource source = new FakeSource(3);
    private final IdleServers<FakeServer> idle = new IdleServers<>(3);

    private FakeServer rests(int number, int loop) {
        var server = new FakeServer(number, source, loop);
        idle.add(server);
        return server;
    }

    @Test
    void takesTheLastUsedOrTheLongestIdle() {
        // given
        var oldest = rests(1, 0);
        var _ = rests(2, 0);
        var newest = rests(3, 0);

        // when
        var warm = idle.take(0, false);
        var cold = idle.take(0, true);

        // then
        assertThat(warm).isSameAs(newest);
        assertThat(cold).isSameAs(oldest);
        assertThat(idle.size()).isEqualTo(1);
    }

    @Test
    void takesElsewhereWhereMostAre() {
        // given
        var _ = rests(1, 0);
        var _ = rests(2, 1);
        var longest = rests(3, 2);
        var _ = rests(4, 2);

        // when
        var taken = idle.takeElsewhere(0);

        // then
        assertThat(taken).isSameAs(longest);
    }

    @Test
    void takesNothingElsewhereWhenOnlyTheOwnLoopHasSome() {
        // given
        var _ = rests(1, 0);

        // when
        var taken = idle.takeElsewhere(0);

        // then
        assertThat(taken).isNull();
    }

    @Test
    void takesWhatFitsUpToTheLimitLongestIdleFirst() {
        // given
        var first = rests(1, 0);
        var _ = rests(2, 0);
        var third = rests(3, 0);
        var _ = rests(5, 1);

        // when
        var taken = idle.takeIf(server -> server.number % 2 == 1, 2);

        // then
        assertThat(taken).containsExactly(first, third);
        assertThat(idle.size()).isEqualTo(2);
    }

    @Test
    void removesOnlyWhatIsThere() {
        // given
        var server = rests(1, 0);

        // when
        boolean removed = idle.remove(server);
        boolean again = idle.remove(server);

        // then
        assertThat(removed).isTrue();
        assertThat(again).isFalse();
        assertThat(idle.size()).isZero();
    }
}
