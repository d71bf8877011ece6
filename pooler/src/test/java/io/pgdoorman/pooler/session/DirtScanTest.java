package io.pgdoorman.pooler.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DirtScanTest {
    private static final Map<String, Integer> WORDS = Map.of(
            "set_config", Dirt.SETTINGS,
            "advisory_lock", Dirt.LOCKS,
            "temp", Dirt.TEMP,
            "hold", Dirt.CURSORS);

    @Test
    void findsEachWordAtEachPlaceInEachCase() {
        WORDS.forEach((word, dirt) -> {
            for (int before = 0; before < 20; before++) {
                for (int after = 0; after < 20; after++) {
                    // given
                    var text = ".".repeat(before) + word + ".".repeat(after);

                    // when, then
                    assertThat(scan(text)).as(text).isEqualTo(dirt);
                    assertThat(scan(text.toUpperCase(Locale.ROOT))).as(text).isEqualTo(dirt);
                }
            }
        });
    }

    @Test
    void findsNothingInWordsCutShort() {
        WORDS.forEach((word, dirt) -> {
            for (int cut = 1; cut < word.length(); cut++) {
                // given
                var head = word.substring(0, word.length() - cut);
                var tail = word.substring(cut);

                // when, then
                assertThat(scan(".......".substring(0, cut % 7) + head))
                        .as(head)
                        .isZero();
                assertThat(scan(tail + ".".repeat(cut))).as(tail).isZero();
            }
        });
    }

    @Test
    void findsWhatASearchForEachWordFinds() {
        // given
        var random = new Random(7);
        var letters = "setconfigadvrylkmphSETHOLDP__ \u007f\u00df";
        for (int i = 0; i < 2_000; i++) {
            var text = new StringBuilder();
            while (text.length() < 40) {
                var word = WORDS.keySet().toArray(String[]::new)[random.nextInt(WORDS.size())];
                text.append(
                        random.nextInt(6) == 0
                                ? word
                                : String.valueOf(letters.charAt(random.nextInt(letters.length()))));
            }

            // when
            int found = scan(text.toString());

            // then
            int expected = WORDS.entrySet().stream()
                    .filter(word -> text.toString().toLowerCase(Locale.ROOT).contains(word.getKey()))
                    .mapToInt(Map.Entry::getValue)
                    .reduce(0, (a, b) -> a | b);
            assertThat(found).as(text.toString()).isEqualTo(expected);
        }
    }

    @Test
    void looksOnlyBetweenItsBounds() {
        // given
        var buf = Unpooled.copiedBuffer("set_config, set_config", StandardCharsets.UTF_8);

        // when, then
        assertThat(DirtScan.scan(buf, 1, 21)).isZero();
    }

    @Test
    void tellsASingleSetLocal() {
        assertThat(scan("set local work_mem = 1")).isEqualTo(DirtScan.ONLY_SET_LOCAL);
        assertThat(scan("set local work_mem = 1; set x = 2")).isZero();
    }

    private static int scan(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        return DirtScan.scan(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    }
}
