package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// A key of a Secret with a keytab.
public record KeytabSecretRef(
        @Required @Size(min = 1, max = 253) @Pattern(SecretRef.NAME) @JsonPropertyDescription("Name of the Secret.")
        String name,

        @Default("krb5.keytab")
        @Size(min = 1, max = 253)
        @Pattern(SecretRef.KEY)
        @JsonPropertyDescription("Key in the Secret; its value is the file as ktutil or kadmin write it.")
        String key) {

    /// The keytab.
    @JsonIgnore
    public SecretRef keytab() {
        return new SecretRef(name, key);
    }
}
