package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A container beside the pooler. It is an init container that is always restarted: it runs before the pooler begins
/// and until the pooler's last client is gone, so that a proxy to the servers lasts through the drain.
@ValidationRule(value = "self.name != 'pooler'", message = SidecarSpec.RESERVED)
public record SidecarSpec(
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Name of the container.")
        String name,

        @Required @Size(min = 1, max = 500) @JsonPropertyDescription("Its image.")
        String image,

        @InOrder @Size(max = 64) @JsonPropertyDescription("What it runs; the image's entry point if absent.") @Nullable
        List<String> command,

        @InOrder @Size(max = 64) @JsonPropertyDescription("Arguments.") @Nullable
        List<String> args,

        @ListMap("name") @Size(max = 64) @JsonPropertyDescription("Environment variables.") @Nullable
        List<EnvVar> env,

        @ListMap("containerPort") @Size(max = 16) @JsonPropertyDescription("Ports that it listens on.") @Nullable
        List<Port> ports,

        @JsonPropertyDescription("CPU and memory of the container.") @Nullable
        ResourceRequirements resources,

        @ListMap("mountPath") @Size(max = 32) @JsonPropertyDescription("Where it finds volumes of the pods.") @Nullable
        List<VolumeMountSpec> volumeMounts) {

    static final String RESERVED = "the container named pooler is the operator's own";

    /// A TCP port.
    public record Port(
            @Size(min = 1, max = 15) @JsonPropertyDescription("Name of the port.") @Nullable
            String name,

            @Min(1) @Max(65535) @JsonPropertyDescription("Its number.")
            int containerPort) {}
}
