package io.pgdoorman.pooler.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OverlayTest {
    @Test
    void readsAnObjectOfTexts() {
        assertThat(Overlay.parse("{\"work_mem\": \"8MB\", \"search_path\": \"a, b\"}"))
                .contains(Map.of("work_mem", "8MB", "search_path", "a, b"));
        assertThat(Overlay.parse("")).contains(Map.of());
        assertThat(Overlay.parse("{}")).contains(Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "null", "\"work_mem\"", "{\"work_mem\": 8}", "{\"a\": {}}", "{", "x"})
    void isNothingElse(String text) {
        assertThat(Overlay.parse(text)).isEmpty();
    }
}
