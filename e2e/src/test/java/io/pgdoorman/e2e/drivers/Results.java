package io.pgdoorman.e2e.drivers;

/// What a driver's program said of PostgreSQL itself, and of the pooler.
record Results(Driver driver, Report direct, Report pooled) {

    String version() {
        return pooled.version();
    }

    /// What stands in the table for a scenario.
    String cell(String scenario) {
        return switch (pooled.of(scenario)) {
            case Report.Passed() -> direct.of(scenario) instanceof Report.Passed ? "ok" : "**direct**";
            case Report.Failed(var _) -> "**not ok**";
            case Report.Skipped(var _) -> "–";
        };
    }

    /// Fails when the scenario failed here or there; a failure without the pooler is one of the program.
    void check(String scenario) {
        if (direct.of(scenario) instanceof Report.Failed(var reason)) {
            throw new AssertionError("against PostgreSQL itself: " + reason);
        }
        if (pooled.of(scenario) instanceof Report.Failed(var reason)) {
            throw new AssertionError("through the pooler: " + reason);
        }
        if (!direct.of(scenario).equals(pooled.of(scenario))) {
            throw new AssertionError("PostgreSQL: " + direct.of(scenario) + ", pooler: " + pooled.of(scenario));
        }
    }
}
