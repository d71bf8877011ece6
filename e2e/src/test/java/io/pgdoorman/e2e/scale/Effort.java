package io.pgdoorman.e2e.scale;

import java.time.Duration;

/// What an operator spends: processor time of its whole process (compilers and collector too), passes over pools, and
/// requests to the API server.
record Effort(Duration cpu, long passes, long reads, long writes) {

    Effort since(Effort before) {
        return new Effort(cpu.minus(before.cpu), passes - before.passes, reads - before.reads, writes - before.writes);
    }

    /// For each of so many changes.
    String each(int changes) {
        return "each %.1f ms of CPU, %.1f passes, %.1f reads and %.1f writes"
                .formatted(
                        (double) cpu.toMillis() / changes,
                        (double) passes / changes,
                        (double) reads / changes,
                        (double) writes / changes);
    }

    /// Microseconds of processor time.
    double cpuOfAPass() {
        return cpu.toNanos() / 1e3 / Math.max(1, passes);
    }
}
