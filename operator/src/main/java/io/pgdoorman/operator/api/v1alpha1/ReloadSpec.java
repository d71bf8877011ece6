package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/// How a changed configuration reaches running pods.
public record ReloadSpec(
        @Default("Auto")
        @JsonPropertyDescription(
                "Auto: changes go to the pods at once. Manual: what would reach pods (hot, roll) waits in"
                    + " status.pending until the annotation pgdoorman.io/approve-hash bears its hash; Secrets, claims"
                    + " and replicas do not wait.")
        Policy policy,

        @Default("true") @JsonPropertyDescription("Try the change on one pod first and stop if that pod refuses it.")
        boolean canary,

        @Default("60s")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) >= duration('5s') && duration(self) <= duration('10m')",
                message = "must be between 5s and 10m")
        @JsonPropertyDescription("How long a pod may take to acknowledge before it is reported.")
        String timeout) {

    /// When changes go to the pods.
    public enum Policy {
        Auto,
        Manual
    }
}
