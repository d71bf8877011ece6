package io.pgdoorman.e2e.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodsSeenTest {

    private static final Map<String, String> PODS = Map.of("a", "1", "b", "1");

    @ParameterizedTest
    @CsvSource({
        "a1 b1, none",
        "a2 b2, hot",
        "c1 d1, roll",
        "c2 d2, roll",
        "a1, scale",
        "'', scale",
        "a1 b1 c1, scale",
        "a1 c1, some were replaced",
        "a2 b1, some loaded it",
        "a2 b2 c2, some loaded it",
    })
    void saysWhatBecameOfPods(String now, String expected) {
        // given
        var before = new PodsSeen(PODS);

        // when
        var said = seen(now).since(before);

        // then
        assertThat(said).startsWith(expected);
    }

    /// A letter is a pod, a digit what it runs.
    private static PodsSeen seen(String words) {
        var pods = new HashMap<String, String>();
        for (var word : words.split(" ")) {
            if (!word.isEmpty()) {
                pods.put(word.substring(0, 1), word.substring(1));
            }
        }
        return new PodsSeen(pods);
    }
}
