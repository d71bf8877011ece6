package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// One PostgreSQL server.
@ValidationRule(
        value = "has(self.host) != has(self.serviceRef)",
        message = "a server needs exactly one of host and serviceRef")
public record ServerSpec(
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Name by which databases refer to this server.")
        String name,

        @Size(min = 1, max = 253)
        @Pattern("^[A-Za-z0-9_.:-]+$")
        @JsonPropertyDescription("DNS name or IP address.")
        @Nullable
        String host,

        @JsonPropertyDescription("A Service in the pool's namespace, instead of a host.") @Nullable
        ServiceRef serviceRef,

        @Default("5432") @Min(1) @Max(65535) @JsonPropertyDescription("Port of the server.")
        int port,

        @JsonPropertyDescription(
                "What it has to be to be used: with Primary or Replica one that is not that is left out, and its"
                        + " connections are given up when that changes. Any if absent.")
        @Nullable
        Role role,

        @JsonPropertyDescription("Encryption; mode Prefer if absent.") @Nullable
        ServerTlsSpec tls,

        @JsonPropertyDescription(
                "The Patroni cluster that it belongs to: while nobody answers here, servers come from another member,"
                        + " which has to be a primary for those who were served by one or where role is Primary.")
        @Nullable
        PatroniSpec patroni) {

    Role roleOrAny() {
        return role == null ? Role.Any : role;
    }

    /// Whether a server may be written to.
    public enum Role {
        Any,
        Primary,
        Replica
    }

    /// A Service in the pool's own namespace.
    public record ServiceRef(
            @Required
            @Size(min = 1, max = 63)
            @Pattern("^[a-z]([-a-z0-9]*[a-z0-9])?$")
            @JsonPropertyDescription("Name of the Service.")
            String name) {}
}
