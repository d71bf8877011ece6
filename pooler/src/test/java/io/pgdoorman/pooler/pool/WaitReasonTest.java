package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.stats.WaitReason;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WaitReasonTest extends PoolStage {
    private static Map<WaitReason, Long> reasons(Pool<FakeServer> pool) {
        return pool.growth().waits().entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Test
    void firstClientWaitsForAConnectAndTheNextBecauseThePoolIsFull() {
        // given
        var pool = pool(1);

        // when
        var _ = client(pool, 0);
        var _ = client(pool, 0);

        // then
        assertThat(reasons(pool)).isEqualTo(Map.of(WaitReason.CONNECT, 1L, WaitReason.FULL, 1L));
    }

    @Test
    void whoFindsAsManyConnectsAsMayWaitsForTheGate() {
        // given
        var pool = pool(30);

        // when
        for (int i = 0; i < 5; i++) {
            var _ = client(pool, 0);
        }

        // then
        assertThat(reasons(pool)).isEqualTo(Map.of(WaitReason.CONNECT, 4L, WaitReason.GATE, 1L));
    }

    @Test
    void pausedPoolIsTheReasonWhateverElseThereIs() {
        // given
        var pool = pool(1);
        var _ = pool.pause();

        // when
        var _ = client(pool, 0);

        // then
        assertThat(reasons(pool)).isEqualTo(Map.of(WaitReason.PAUSED, 1L));
    }

    @Test
    void serverOfAnotherLoopMoves() {
        // given
        var pool = pool(2);
        idle(pool, 1, 1);
        var before = reasons(pool);

        // when
        var _ = client(pool, 0);

        // then
        assertThat(before).isEqualTo(Map.of(WaitReason.CONNECT, 1L));
        assertThat(reasons(pool)).isEqualTo(Map.of(WaitReason.CONNECT, 1L, WaitReason.MOVE, 1L));
    }
}
