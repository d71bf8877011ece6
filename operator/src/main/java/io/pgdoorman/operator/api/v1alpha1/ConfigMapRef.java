package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// A key of a ConfigMap with rules for who may log in.
public record ConfigMapRef(
        @Required @Size(min = 1, max = 253) @Pattern(SecretRef.NAME) @JsonPropertyDescription("Name of the ConfigMap.")
        String name,

        @Default("pg_hba.conf")
        @Size(min = 1, max = 253)
        @Pattern(SecretRef.KEY)
        @JsonPropertyDescription("Key in the ConfigMap.")
        String key) {

    /// The rules, as they are read beside what stands in Secrets.
    @JsonIgnore
    public SecretRef rules() {
        return SecretRef.ofConfigMap(name, key);
    }
}
