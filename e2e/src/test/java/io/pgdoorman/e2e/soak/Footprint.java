package io.pgdoorman.e2e.soak;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.local.LocalPooler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// What the pooler's process holds, in bytes: live objects after a full collection, direct buffers in use, resident
/// pages.
record Footprint(long heap, long direct, long resident) {

    private static final Pattern LIVE = Pattern.compile("Total\\s+\\d+\\s+(\\d+)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s*(\\d+) kB");

    static Footprint of(LocalPooler pooler) {
        var histogram = Command.of(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        "" + pooler.pid(),
                        "GC.class_histogram")
                .succeed();
        try {
            var status = Files.readString(Path.of("/proc", "" + pooler.pid(), "status"));
            long direct = pooler.metrics("pg_doorman_buffer_memory_bytes").stream()
                    .mapToLong(Double::longValue)
                    .sum();
            return new Footprint(
                    number(LIVE, histogram.lines().toList().getLast()), direct, number(RESIDENT, status) << 10);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long number(Pattern pattern, String text) {
        var found = pattern.matcher(text);
        if (!found.find()) {
            throw new AssertionError(pattern + " is not in " + List.of(text));
        }
        return Long.parseLong(found.group(1));
    }

    @Override
    public String toString() {
        return "live heap %.2f MB, direct buffers %.2f MB, resident %.0f MB"
                .formatted(heap / 1e6, direct / 1e6, resident / 1e6);
    }
}
