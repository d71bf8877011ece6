package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// A key of a Secret in the namespace of the resource that names it.
public record SecretRef(
        @Required @Size(min = 1, max = 253) @Pattern(SecretRef.NAME) @JsonPropertyDescription("Name of the Secret.")
        String name,

        @Default("password")
        @Size(min = 1, max = 253)
        @Pattern(SecretRef.KEY)
        @JsonPropertyDescription("Key in the Secret.")
        String key) {

    static final String NAME = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";
    static final String KEY = "^[-._a-zA-Z0-9]+$";
}
