package io.pgdoorman.e2e.scale;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// What was measured, as a file for `pooler/bench/compare --operator`.
final class Figures {

    private static final Path FILE = ControlPlane.ROOT.resolve("e2e/target/scale/figures.json");

    private final Map<String, Number> all = new TreeMap<>();

    void put(String name, Number figure) {
        all.put(name, figure);
    }

    void put(String name, Latencies latencies) {
        for (var percent : new int[] {50, 99}) {
            put(
                    "%sMillisP%d".formatted(name, percent),
                    latencies.percentile(percent).toMillis());
        }
    }

    /// What each of so many changes cost.
    void put(String name, Effort spent, int changes) {
        put(name + "CpuMillis", (double) spent.cpu().toMillis() / changes);
        put(name + "Passes", (double) spent.passes() / changes);
        put(name + "Reads", (double) spent.reads() / changes);
        put(name + "Writes", (double) spent.writes() / changes);
    }

    void write() {
        try {
            Files.createDirectories(FILE.getParent());
            new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(FILE.toFile(), all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
