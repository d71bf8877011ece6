package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Somebody whose tokens (JWT) let clients in, sent as their password.
@ValidationRule(
        value = "self.keys.from != 'Cluster' || (!has(self.userClaim) && !has(self.roleClaim))",
        message = TokenIssuerSpec.CLUSTER_CLAIMS)
public record TokenIssuerSpec(
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Name by which auth.hba refers to it, as in jwt issuer=name.")
        String name,

        @Required @JsonPropertyDescription("Keys of its signatures.")
        Keys keys,

        @Size(min = 1, max = 512)
        @JsonPropertyDescription("What the claim iss has to be; anything if absent.")
        @Nullable
        String issuer,

        @Required
        @Size(min = 1, max = 8)
        @JsonPropertyDescription(
                "Names of which the claim aud has to have one: a token for another service is worth" + " nothing here.")
        List<@Size(min = 1, max = 253) String> audiences,

        @Size(min = 1, max = 128)
        @JsonPropertyDescription("Claim that has to be the user; preferred_username if absent. Dots lead into claims.")
        @Nullable
        String userClaim,

        @Size(min = 1, max = 128)
        @JsonPropertyDescription("Claim with a list of which one has to be the user, instead of userClaim.")
        @Nullable
        String roleClaim,

        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
                "ServiceAccounts whose tokens let in, instead of claims; those of DoormanDatabaseAccesses are added.")
        @Nullable
        List<ServiceAccount> serviceAccounts,

        @Default("false")
        @JsonPropertyDescription("Whether a session ends with its token, at the next boundary of a transaction.")
        boolean endsSessions) {

    static final String CLUSTER_CLAIMS = "keys from Cluster go by serviceAccounts, not by claims";

    /// Whether its tokens are those of this cluster's ServiceAccounts.
    @JsonIgnore
    public boolean isCluster() {
        return keys.from() == Source.Cluster;
    }

    /// ServiceAccounts; none without a list.
    @JsonIgnore
    public List<ServiceAccount> accounts() {
        return serviceAccounts == null ? List.of() : serviceAccounts;
    }

    /// Where keys come from.
    public enum Source {
        /// The API server of this cluster, asked by the operator: pods need no token of their own.
        Cluster,
        /// A URL with a JSON Web Key Set, asked by the pods.
        URL,
        /// A Secret with a JSON Web Key Set, or public keys (PEM).
        Secret
    }

    /// Public keys.
    @ValidationRule(value = "(self.from == 'URL') == has(self.url)", message = Keys.URL_AND_SOURCE)
    @ValidationRule(value = "(self.from == 'Secret') == has(self.secretRef)", message = Keys.SECRET_AND_SOURCE)
    @ValidationRule(value = "!has(self.caSecretRef) || self.from == 'URL'", message = Keys.CA_ALONE)
    public record Keys(
            @Required @JsonPropertyDescription("Where they come from.")
            Source from,

            @Size(min = 9, max = 1000)
            @Pattern("^https://")
            @JsonPropertyDescription("URL of a JSON Web Key Set.")
            @Nullable
            String url,

            @JsonPropertyDescription("Authorities of that URL's certificate; Java's own if absent.") @Nullable
            CaSecretRef caSecretRef,

            @JsonPropertyDescription("A Secret with the keys.") @Nullable
            KeysSecretRef secretRef) {

        static final String URL_AND_SOURCE = "url is for keys from URL, which need it";
        static final String SECRET_AND_SOURCE = "secretRef is for keys from Secret, which need it";
        static final String CA_ALONE = "caSecretRef is for keys from URL";

        /// What the operator reads for it; null if pods ask themselves.
        @JsonIgnore
        public @Nullable SecretRef source() {
            return switch (from) {
                case Cluster -> SecretUse.CLUSTER_KEYS;
                case URL -> null;
                case Secret -> secretRef == null ? null : secretRef.keys();
            };
        }
    }

    /// A key of a Secret with public keys.
    public record KeysSecretRef(
            @Required @Size(min = 1, max = 253) @Pattern(SecretRef.NAME) @JsonPropertyDescription("Name of the Secret.")
            String name,

            @Default("jwks.json")
            @Size(min = 1, max = 253)
            @Pattern(SecretRef.KEY)
            @JsonPropertyDescription("Key in the Secret: a JSON Web Key Set, or PEM.")
            String key) {

        /// The keys.
        @JsonIgnore
        public SecretRef keys() {
            return new SecretRef(name, key);
        }
    }

    /// A workload, and which user it may be.
    public record ServiceAccount(
            @Required
            @Size(min = 1, max = 63)
            @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
            @JsonPropertyDescription("Its namespace.")
            String namespace,

            @Required
            @Size(min = 1, max = 253)
            @Pattern("^([*]|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$")
            @JsonPropertyDescription("Its name; * for all of the namespace.")
            String name,

            @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Which user it may be.")
            String user,

            @Size(min = 1, max = 63) @JsonPropertyDescription("In which database; in all if absent.") @Nullable
            String database) {}
}
