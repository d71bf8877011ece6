package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The scenarios that the README names as proof of what the operator promises are there.
class PromisesTest {

    private static final Pattern SCENARIO = Pattern.compile("`([A-Za-z]+E2E)\\.([A-Za-z]+)`");
    private static final int PROMISES = 10;

    @Test
    void eachPromiseHasAScenarioThatIsThere() throws IOException {
        // given
        var rows = Files.readString(Cluster.ROOT.resolve("e2e/README.md"))
                .lines()
                .dropWhile(line -> !line.startsWith("| promise |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .toList();

        // when
        var missing = rows.stream().filter(row -> !isThere(row)).toList();

        // then
        assertThat(rows).hasSize(PROMISES);
        assertThat(missing).isEmpty();
    }

    private static boolean isThere(String row) {
        var named = SCENARIO.matcher(row).results().toList();
        return !named.isEmpty()
                && named.stream()
                        .allMatch(scenario -> sources(scenario.group(1)).stream()
                                .anyMatch(source -> source.contains(" void " + scenario.group(2) + "(")));
    }

    private static List<String> sources(String type) {
        var folder = Cluster.ROOT.resolve("e2e/src/test/java");
        try (Stream<Path> files = Files.find(folder, 9, (file, _) -> file.endsWith(type + ".java"))) {
            return files.map(PromisesTest::text).toList();
        } catch (IOException e) {
            throw new AssertionError("cannot look for " + type, e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError("cannot read " + file, e);
        }
    }
}
