package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// A Secret with a certificate and its key under the names that Kubernetes gives them (type `kubernetes.io/tls`), as
/// cert-manager writes it.
public record CertSecretRef(
        @Required
        @Size(min = 1, max = 253)
        @Pattern(SecretRef.NAME)
        @JsonPropertyDescription("Name of the Secret; its keys are tls.crt and tls.key.")
        String name) {

    /// The certificate, with those that lead to its authority.
    @JsonIgnore
    public SecretRef certificate() {
        return new SecretRef(name, "tls.crt");
    }

    /// Its private key.
    @JsonIgnore
    public SecretRef privateKey() {
        return new SecretRef(name, "tls.key");
    }
}
