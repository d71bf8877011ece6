package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/// Bounds per pod.
public record LimitsSpec(
        @Default("10000") @Min(1) @Max(1000000) @JsonPropertyDescription("Most client connections per pod.")
        int maxClientConnections,

        @JsonPropertyDescription(
                "Most memory for client messages that wait or are not whole, per pod; 256Mi if absent.")
        @Nullable
        Quantity maxMemory,

        @Default("5s")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) >= duration('100ms') && duration(self) <= duration('1h')",
                message = "must be between 100ms and 1h")
        @JsonPropertyDescription("How long a client waits for a server before it is told that there is none.")
        String queryWaitTimeout) {}
