package io.pgdoorman.operator.reconcile;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/// The operator's own metrics; none has a tag per pool, so their number stays small.
public final class Meters {

    private final MeterRegistry registry;

    public Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    void reconciled(boolean isFailed, Duration elapsed) {
        Timer.builder("doorman_operator_reconcile")
                .description("Passes over a pool.")
                .tag("result", isFailed ? "failed" : "done")
                .register(registry)
                .record(elapsed);
    }

    void wrote(String kind) {
        registry.counter("doorman_operator_writes", "kind", kind).increment();
    }

    void resized(boolean isRefused) {
        registry.counter("doorman_operator_resizes", "result", isRefused ? "refused" : "done")
                .increment();
    }

    void reloadAnswered(String answer) {
        registry.counter("doorman_operator_reload_answers", "answer", answer).increment();
    }
}
