package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExodusTest {
    private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);

    private static int due(int clients, Duration spread, Duration elapsed) {
        return Exodus.due(clients, spread, elapsed.toNanos());
    }

    @Test
    void manyAreAskedEvenlyOverTheSpread() {
        assertThat(due(3000, HALF_A_MINUTE, Duration.ZERO)).isEqualTo(1);
        assertThat(due(3000, HALF_A_MINUTE, Duration.ofSeconds(15))).isEqualTo(1501);
        assertThat(due(3000, HALF_A_MINUTE, Duration.ofMillis(29_995))).isEqualTo(3000);
    }

    @Test
    void fewDoNotWaitForTheWholeSpread() {
        assertThat(due(20, HALF_A_MINUTE, Duration.ofSeconds(1))).isEqualTo(11);
        assertThat(due(20, HALF_A_MINUTE, Duration.ofSeconds(2))).isEqualTo(20);
    }

    @Test
    void nobodyIsAskedTwiceOrMissing() {
        assertThat(due(0, HALF_A_MINUTE, Duration.ZERO)).isZero();
        assertThat(due(5, Duration.ZERO, Duration.ofMillis(1))).isEqualTo(5);
    }

    @Test
    void clientsMayGoToWorkWhileTheyAreOrdered() {
        var random = new Random(7);
        var clients = IntStream.range(0, 1000).boxed().toList();
        assertThat(Exodus.idleFirst(clients, _ -> random.nextInt(3))).containsExactlyInAnyOrderElementsOf(clients);
        assertThat(Exodus.idleFirst(List.of("waits", "a", "is at work", "b"), name -> switch (name) {
                    case "waits" -> 2;
                    case "is at work" -> 1;
                    default -> 0;
                }))
                .containsExactly("a", "b", "is at work", "waits");
    }
}
