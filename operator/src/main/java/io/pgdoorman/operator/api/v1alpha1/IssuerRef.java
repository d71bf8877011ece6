package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// Who signs a certificate, as cert-manager names it.
public record IssuerRef(
        @Required @Size(min = 1, max = 253) @Pattern(SecretRef.NAME) @JsonPropertyDescription("Name of the issuer.")
        String name,

        @Default("Issuer")
        @Size(min = 1, max = 63)
        @Pattern("^[A-Z][A-Za-z0-9]*$")
        @JsonPropertyDescription(
                "Its kind: Issuer, in the namespace of the pool, ClusterIssuer, or that of another group.")
        String kind,

        @Default("cert-manager.io")
        @Size(min = 1, max = 253)
        @Pattern(SecretRef.NAME)
        @JsonPropertyDescription("Its API group.")
        String group) {}
