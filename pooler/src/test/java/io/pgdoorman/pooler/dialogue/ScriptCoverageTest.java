package io.pgdoorman.pooler.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScriptCoverageTest {
    private static final Path TESTS = Path.of("src/test/java");
    private static final Path CONFIG_TESTS = Path.of("config/src/test/java");

    /// The lines of the reference's bug history, and its BEAT marks about the protocol.
    private static final List<String> IDS = Stream.concat(
                    IntStream.rangeClosed(1, 23).mapToObj(n -> "10.2." + n),
                    Stream.of(
                            "4.2.sync",
                            "4.3.eviction",
                            "4.3.same-batch",
                            "4.3.unknown-name",
                            "4.3.errors",
                            "4.3.sql-prepare",
                            "4.3.cached-plan",
                            "4.4.flush",
                            "4.5.listen",
                            "4.6.cancel",
                            "4.7.reset",
                            "4.8.limits",
                            "4.8.shutdown",
                            "4.9.errors"))
            .toList();

    @Test
    void everyLineOfTheBugHistoryAndEveryBeatIsShown() throws IOException {
        // when
        var lines = lines();

        // then
        assertThat(lines.keySet()).containsExactlyInAnyOrderElementsOf(IDS);
        assertThat(lines.values()).noneMatch(List::isEmpty);
    }

    @Test
    void everythingThatIsNamedIsThere() throws IOException {
        // given
        List<String> missing = new ArrayList<>();

        // when
        for (var shown : lines().values()) {
            for (var name : shown) {
                if (!isThere(name)) {
                    missing.add(name);
                }
            }
        }

        // then
        assertThat(missing).isEmpty();
    }

    @Test
    void thereAreThreeHundredScriptsAndAllCanBeRead() {
        // when
        var scripts = ScriptReader.all();

        // then
        assertThat(scripts).hasSizeGreaterThanOrEqualTo(300);
        assertThat(scripts).allMatch(script -> !script.steps().isEmpty());
        assertThat(KnownBugs.read().keySet())
                .isSubsetOf(scripts.stream().map(Script::name).toList());
    }

    private static Map<String, List<String>> lines() throws IOException {
        return Files.readAllLines(ScriptReader.FOLDER.resolve("coverage.txt")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(Pattern.quote(" | "), 3))
                .collect(Collectors.toMap(
                        columns -> columns[0],
                        columns -> List.of(columns[2].split(" +")),
                        (first, _) -> first,
                        TreeMap::new));
    }

    private static boolean isThere(String name) throws IOException {
        if (name.contains("/")) {
            return Files.exists(ScriptReader.FOLDER.resolve(name + ".script"));
        }
        String[] parts = name.split("#");
        for (var folder : List.of(TESTS, CONFIG_TESTS)) {
            try (var files = Files.walk(folder)) {
                var file =
                        files.filter(path -> path.endsWith(parts[0] + ".java")).findFirst();
                if (file.isPresent()) {
                    return parts.length == 1 || Files.readString(file.get()).contains(" " + parts[1] + "(");
                }
            }
        }
        return false;
    }
}
