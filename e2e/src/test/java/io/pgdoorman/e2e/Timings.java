package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// How long things took that were done again and again, by what they are.
final class Timings {

    private final Map<String, List<Duration>> samples = new LinkedHashMap<>();

    void add(String what, Instant since) {
        var took = Duration.between(since, Instant.now());
        samples.computeIfAbsent(what, _ -> new ArrayList<>()).add(took);
        Progress.say(what + ": " + took.toMillis() + " ms");
    }

    /// The median of each is within the limit, and none took twice as long: the machine may be busy with other things.
    void assertWithin(Duration limit, String... whats) {
        for (var what : whats) {
            var sorted = sorted(samples.getOrDefault(what, List.of()));
            assertThat(sorted).as(what).isNotEmpty();
            assertThat(median(sorted)).as("median of %s: %s", what, sorted).isLessThanOrEqualTo(limit);
            assertThat(sorted.getLast())
                    .as("longest of %s: %s", what, sorted)
                    .isLessThanOrEqualTo(limit.multipliedBy(2));
        }
    }

    private static List<Duration> sorted(List<Duration> samples) {
        return samples.stream().sorted().toList();
    }

    private static Duration median(List<Duration> sorted) {
        return sorted.get(sorted.size() / 2);
    }

    void tell(Path file) {
        var rows = samples.entrySet().stream().map(Timings::row).collect(Collectors.joining("\n"));
        var table = "| what | samples | median | longest |\n| --- | --- | --- | --- |\n" + rows + "\n";
        Progress.say("\n" + table);
        try {
            Files.writeString(file, table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String row(Map.Entry<String, List<Duration>> samples) {
        var sorted = sorted(samples.getValue());
        return "| %s | %d | %d ms | %d ms |"
                .formatted(
                        samples.getKey(),
                        sorted.size(),
                        median(sorted).toMillis(),
                        sorted.getLast().toMillis());
    }
}
