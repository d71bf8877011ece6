package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// A key of a Secret with lists of revoked certificates.
public record CrlSecretRef(
        @Required @Size(min = 1, max = 253) @Pattern(SecretRef.NAME) @JsonPropertyDescription("Name of the Secret.")
        String name,

        @Default("ca.crl")
        @Size(min = 1, max = 253)
        @Pattern(SecretRef.KEY)
        @JsonPropertyDescription("Key in the Secret; all lists in it (PEM) count.")
        String key) {

    /// The lists.
    @JsonIgnore
    public SecretRef revoked() {
        return new SecretRef(name, key);
    }
}
