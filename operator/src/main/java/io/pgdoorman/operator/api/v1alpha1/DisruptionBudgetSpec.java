package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/// The PodDisruptionBudget: what a drain of nodes may take at a time.
public record DisruptionBudgetSpec(
        @JsonPropertyDescription("Whether there is one; if absent, where replicas is more than 1.") @Nullable
        Boolean enabled,

        @Default("1")
        @Min(1)
        @Max(200)
        @JsonPropertyDescription(
                "Most pods that may be evicted at a time; pods that are not ready are never waited for.")
        int maxUnavailable) {}
