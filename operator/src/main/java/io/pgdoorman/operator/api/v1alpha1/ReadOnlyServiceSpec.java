package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A second Service in front of the pods, for those who only read.
public record ReadOnlyServiceSpec(
        @Change(ChangeClass.ROLL)
        @Default("false")
        @JsonPropertyDescription(
                "Whether there is one, named NAME-ro, and a port of the pods for it. It leads to readOnlyServerRefs of"
                        + " databases; those without are refused there.")
        boolean enabled,

        @Default("ClusterIP") @JsonPropertyDescription("Type of the Service.")
        ServiceSpec.Type type,

        @JsonPropertyDescription("Annotations of the Service.") @Nullable
        Map<String, String> annotations,

        @Size(min = 1, max = 253)
        @JsonPropertyDescription("Class of the load balancer, for type LoadBalancer.")
        @Nullable
        String loadBalancerClass,

        @JsonPropertyDescription("Preference of near pods.") @Size(min = 1, max = 63) @Nullable
        String trafficDistribution) {

    static final String LEADS_NOWHERE = "readOnlyService needs a database with readOnlyServerRefs";

    /// As any Service.
    public ServiceSpec asService() {
        return new ServiceSpec(enabled, type, annotations, loadBalancerClass, trafficDistribution);
    }
}
