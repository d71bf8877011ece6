package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who collects the pods' metrics.
public record MonitoringSpec(
        @Default("{}") @JsonPropertyDescription("A PodMonitor for the Prometheus operator.")
        PodMonitor podMonitor) {

    /// The PodMonitor; without its CRD in the cluster, the condition Monitored tells so.
    public record PodMonitor(
            @Default("false") @JsonPropertyDescription("Whether there is a PodMonitor.")
            boolean enabled,

            @Size(max = 32) @JsonPropertyDescription("Labels by which a Prometheus finds it.") @Nullable
            Map<String, String> labels,

            @Default("30s")
            @Size(min = 2, max = 20)
            @Pattern("^([0-9]+(h|m|s|ms))+$")
            @JsonPropertyDescription("Time between two scrapes.")
            String interval) {}
}
