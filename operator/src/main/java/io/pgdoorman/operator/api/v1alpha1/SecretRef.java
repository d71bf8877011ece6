package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// A key of a Secret in the namespace of the resource that names it.
public record SecretRef(
        @Required @Size(min = 1, max = 253) @Pattern(SecretRef.NAME) @JsonPropertyDescription("Name of the Secret.")
        String name,

        @Default("password")
        @Size(min = 1, max = 253)
        @Pattern(SecretRef.KEY)
        @JsonPropertyDescription("Key in the Secret.")
        String key) {

    /// Stands for the Secret with the certificate that an issuer signs for the pool; no Secret has such a name.
    public static final String ISSUED = "(issued)";

    /// Begins the name of a ConfigMap in a reference; no Secret has such a name.
    public static final String CONFIG_MAP = "configmap/";

    static final String NAME = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";
    static final String KEY = "^[-._a-zA-Z0-9]+$";

    /// A key of a ConfigMap, read where the keys of Secrets are.
    public static SecretRef ofConfigMap(String name, String key) {
        return new SecretRef(CONFIG_MAP + name, key);
    }

    /// The ConfigMap that a name of [#ofConfigMap] means, null for that of a Secret.
    public static @Nullable String configMap(String name) {
        return name.startsWith(CONFIG_MAP) ? name.substring(CONFIG_MAP.length()) : null;
    }

    /// The object as people call it.
    @JsonIgnore
    public String object() {
        var map = configMap(name);
        if (name.equals(ISSUED)) {
            return "the Secret for the certificate of tls.client.issuerRef";
        }
        return map == null ? "Secret " + name : "ConfigMap " + map;
    }
}
