package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may reach the pods through the network.
public record NetworkPolicySpec(
        @Default("false") @JsonPropertyDescription("Whether there is a NetworkPolicy.")
        boolean enabled,

        @Default("Grants")
        @JsonPropertyDescription(
                "Who may connect as a client: this namespace and those of granted claims, or everybody.")
        AllowFrom allowFrom,

        @Size(max = 64) @JsonPropertyDescription("Namespaces that may read metrics.") @Nullable
        List<@Size(min = 1, max = 63) String> monitoringNamespaces) {

    /// Who may connect as a client.
    public enum AllowFrom {
        Grants,
        All
    }
}
