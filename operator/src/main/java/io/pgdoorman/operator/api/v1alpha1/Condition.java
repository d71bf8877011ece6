package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// One condition, in the form of the Kubernetes API conventions.
public record Condition(
        @Required @JsonPropertyDescription("Kind of condition.")
        String type,

        @Required @JsonPropertyDescription("True, False or Unknown.")
        String status,

        @Required @JsonPropertyDescription("Stable word for programs.")
        String reason,

        @JsonPropertyDescription("What, where, and what to do.") @Size(max = 4096)
        String message,

        @Required @JsonPropertyDescription("When the status changed last (RFC 3339).")
        String lastTransitionTime,

        @JsonPropertyDescription("Generation of the spec that it speaks of.")
        long observedGeneration) {

    /// Whether the condition holds.
    @JsonIgnore
    public boolean isTrue() {
        return status.equals("True");
    }
}
