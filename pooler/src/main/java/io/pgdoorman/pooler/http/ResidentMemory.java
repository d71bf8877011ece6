package io.pgdoorman.pooler.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The memory of this process as the operating system counts it.
final class ResidentMemory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String LINE = "VmRSS:";

    private ResidentMemory() {}

    /// Resident bytes; the heap's committed bytes where there is no /proc.
    static long bytes() {
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith(LINE))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseGet(ResidentMemory::heapBytes);
        } catch (IOException _) {
            return heapBytes();
        }
    }

    private static long heapBytes() {
        return Runtime.getRuntime().totalMemory();
    }
}
