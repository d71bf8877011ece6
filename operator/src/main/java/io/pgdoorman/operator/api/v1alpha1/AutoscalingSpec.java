package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Replicas by what the pods say of themselves; not beside a HorizontalPodAutoscaler.
@ValidationRule(
        value = "!has(self.min) || !has(self.max) || self.min <= self.max",
        message = AutoscalingSpec.UPSIDE_DOWN)
public record AutoscalingSpec(
        @Default("false")
        @JsonPropertyDescription(
                "Whether the operator sets spec.replicas, through the scale subresource; leave replicas out of the"
                        + " manifest then. 0 replicas stay 0.")
        boolean enabled,

        @Default("2") @Min(1) @Max(200) @JsonPropertyDescription("Fewest pods.")
        int min,

        @Default("10") @Min(1) @Max(200) @JsonPropertyDescription("Most pods.")
        int max,

        @Default("70")
        @Min(10)
        @Max(100)
        @JsonPropertyDescription(
                "How busy the pods' event loops should be, in percent. More pods are added when they are busier, but"
                        + " never while clients wait because the budget is spent.")
        int targetUtilisation,

        @Min(1)
        @Max(1000000)
        @JsonPropertyDescription("How many clients a pod should have; no matter if absent.")
        @Nullable
        Integer targetClientsPerPod,

        @Default("10m")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(value = "duration(self) <= duration('24h')", message = "must be at most 24h")
        @JsonPropertyDescription("Fewer pods only after they would have been enough for so long.")
        String scaleDownWindow) {

    static final String UPSIDE_DOWN = "min must not be larger than max";
}
