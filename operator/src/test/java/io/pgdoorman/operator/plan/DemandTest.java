package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.plan.Demand.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Three pods of which each has 10 where all have the same, at least 5, and two change hands at once.
class DemandTest {

    private final Demand demand = new Demand(10, 5, 30, 2);

    private static Pod waits(String name, int most) {
        return new Pod(name, most, most, most, true);
    }

    private static Pod needs(String name, int most, int needed) {
        return new Pod(name, most, most, needed, false);
    }

    private static Pod holds(String name, int most, int held) {
        return new Pod(name, most, held, 0, false);
    }

    private Map<String, Integer> decide(Pod... pods) {
        return demand.decide(List.of(pods));
    }

    @Test
    void nothingMovesWhereNobodyWaits() {
        assertThat(decide(needs("a", 10, 10), needs("b", 10, 0), needs("c", 10, 5)))
                .isEmpty();
    }

    @Test
    void whoNeedsLeastGivesFirstAndThenWhoWaitsHasMore() {
        assertThat(decide(waits("a", 10), needs("b", 10, 7), needs("c", 10, 2))).isEqualTo(Map.of("c", 8));
        assertThat(decide(waits("a", 10), needs("b", 10, 7), holds("c", 8, 10)))
                .as("it holds them yet")
                .isEmpty();
        assertThat(decide(waits("a", 10), needs("b", 10, 7), holds("c", 8, 9)))
                .as("one is free")
                .isEqualTo(Map.of("a", 11));
        assertThat(decide(waits("a", 10), needs("b", 10, 7), holds("c", 8, 8))).isEqualTo(Map.of("a", 12));
    }

    @Test
    void whoGivesKeepsWhatItNeedsAndItsLeast() {
        assertThat(decide(waits("a", 10), needs("b", 10, 8), needs("c", 10, 9))).isEqualTo(Map.of("b", 9));
        assertThat(decide(waits("a", 11), needs("b", 9, 8), needs("c", 10, 9))).isEmpty();
        assertThat(decide(waits("a", 20), needs("b", 5, 0), needs("c", 5, 0))).isEmpty();
    }

    @Test
    void whoWaitsWithLessThanItsShareGetsItBackFromWhoWaitsWithMore() {
        assertThat(decide(waits("a", 20), waits("b", 5), needs("c", 5, 4))).isEqualTo(Map.of("a", 18));
        assertThat(decide(waits("a", 18), waits("b", 5), needs("c", 5, 4))).isEqualTo(Map.of("b", 7));
        assertThat(decide(waits("a", 11), waits("b", 9), waits("c", 10))).isEqualTo(Map.of("a", 10));
        assertThat(decide(waits("a", 10), waits("b", 10), waits("c", 10))).isEmpty();
    }

    @Test
    void whatNobodyNeedsGoesBack() {
        assertThat(decide(needs("a", 14, 13), needs("b", 6, 1), needs("c", 10, 1)))
                .as("it is needed")
                .isEmpty();
        assertThat(decide(needs("a", 14, 11), needs("b", 6, 1), needs("c", 10, 1)))
                .isEqualTo(Map.of("a", 12));
        assertThat(decide(needs("a", 12, 11), needs("b", 6, 1), needs("c", 10, 1)))
                .isEqualTo(Map.of("b", 8));
    }

    @Test
    void whatIsBeyondTheLimitIsTakenFromWhoHasMost() {
        assertThat(decide(waits("a", 15), needs("b", 10, 9), needs("c", 10, 9))).isEqualTo(Map.of("a", 10));
    }

    /// Each does at once what it is told; the first of them has all clients.
    @Test
    void comesToRestWhereverItBegins() {
        for (var first = 5; first <= 20; first++) {
            var most = new ArrayList<>(List.of(first, (30 - first) / 2, 30 - first - (30 - first) / 2));
            for (var waiting : List.of(true, false)) {
                var turns = 0;
                Map<String, Integer> decided;
                do {
                    var pods = new ArrayList<Pod>();
                    for (var pod = 0; pod < 3; pod++) {
                        pods.add(pod == 0 && waiting ? waits("0", most.get(pod)) : needs("" + pod, most.get(pod), 0));
                    }
                    decided = demand.decide(pods);
                    decided.forEach((pod, now) -> most.set(Integer.parseInt(pod), now));
                    assertThat(most.stream().mapToInt(Integer::intValue).sum()).isLessThanOrEqualTo(30);
                    turns++;
                } while (!decided.isEmpty() && turns < 50);
                assertThat(decided).isEmpty();
                assertThat(most).isEqualTo(waiting ? List.of(20, 5, 5) : List.of(10, 10, 10));
            }
        }
    }
}
