package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Service in front of the pods.
public record ServiceSpec(
        @Default("true") @JsonPropertyDescription("Whether there is a Service.")
        boolean enabled,

        @Default("ClusterIP") @JsonPropertyDescription("Type of the Service.")
        Type type,

        @JsonPropertyDescription("Annotations of the Service.") @Nullable
        Map<String, String> annotations,

        @Size(min = 1, max = 253)
        @JsonPropertyDescription("Class of the load balancer, for type LoadBalancer.")
        @Nullable
        String loadBalancerClass,

        @JsonPropertyDescription("Preference of near pods.") @Size(min = 1, max = 63) @Nullable
        String trafficDistribution) {

    /// Type of the Service.
    public enum Type {
        ClusterIP,
        NodePort,
        LoadBalancer
    }
}
