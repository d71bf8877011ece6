package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/// Bounds of all pods together.
public record BudgetSpec(
        @Min(1)
        @Max(1000000)
        @JsonPropertyDescription(
                "Most connections to servers that all pods together hold, those that start and those that drain among"
                        + " them. Each pod gets an equal share, split over databases by the pool sizes of their users;"
                        + " it is split anew, without a restart, before pods are added or replaced.")
        @Nullable
        Integer maxServerConnections) {}
