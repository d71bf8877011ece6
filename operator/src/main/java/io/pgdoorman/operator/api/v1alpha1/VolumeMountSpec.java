package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// Where a container finds one of `volumes`.
public record VolumeMountSpec(
        @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Name of the volume.")
        String name,

        @Required
        @Size(min = 2, max = 512)
        @Pattern("^/[^:]+$")
        @JsonPropertyDescription("Absolute path in the container.")
        String mountPath,

        @Size(min = 1, max = 512) @JsonPropertyDescription("A folder or file in the volume; never refreshed.") @Nullable
        String subPath,

        @Default("true") @JsonPropertyDescription("Whether the container may only read it.")
        boolean readOnly) {}
