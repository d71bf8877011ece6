package io.pgdoorman.config;

import java.util.List;

/// A number of bytes.
public record ByteSize(long bytes) {

    private record Unit(long bytes, String suffix) {}

    private static final List<Unit> UNITS =
            List.of(new Unit(1L << 30, "GB"), new Unit(1L << 20, "MB"), new Unit(1L << 10, "KB"));

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is not negative: " + bytes);
        }
    }

    /// The shortest exact form, such as `256MB`.
    @Override
    public String toString() {
        return UNITS.stream()
                .filter(unit -> bytes > 0 && bytes % unit.bytes == 0)
                .findFirst()
                .map(unit -> bytes / unit.bytes + unit.suffix)
                .orElse(Long.toString(bytes));
    }
}
