package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.observe.PodView;

/// How a pod stands towards the configuration it should run.
public record Standing(PodView pod, Kind kind, String reason) {

    /// The kinds, from good to bad.
    public enum Kind {
        /// Runs it and accepts clients.
        IN_STEP,
        /// Leaves, as meant.
        TERMINATING,
        /// Not ready yet.
        STARTING,
        /// Runs another configuration and will load this one.
        BEHIND,
        /// Made from an older template whose process cannot load it; it will be replaced.
        TO_BE_REPLACED,
        /// Does not answer.
        SILENT
    }

    /// Whether the pod should run the configuration now.
    public boolean counts() {
        return kind != Kind.TERMINATING;
    }
}
