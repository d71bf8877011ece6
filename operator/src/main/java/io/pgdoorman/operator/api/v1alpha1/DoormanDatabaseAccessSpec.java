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

/// What an application asks for.
@ValidationRule(
        value = "!has(self.rotation) || !has(self.serviceAccountName)",
        message = "tokens have ends of their own: rotation needs a claim without serviceAccountName")
public record DoormanDatabaseAccessSpec(
        @Required
        @ValidationRule(value = "self == oldSelf", message = "poolRef cannot change: delete the claim and make another")
        @JsonPropertyDescription("The pool.")
        PoolRef poolRef,

        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[A-Za-z0-9_][A-Za-z0-9_$.-]*$")
        @JsonPropertyDescription("Name of the database, as clients of the pool see it.")
        String database,

        @Default("ReadWrite")
        @Size(min = 1, max = 63)
        @Pattern("^[A-Za-z][A-Za-z0-9]*$")
        @JsonPropertyDescription("One of the roles that the pool's rule offers.")
        String role,

        @Size(min = 1, max = 253)
        @Pattern(SecretRef.NAME)
        @JsonPropertyDescription("Name of the Secret that is made beside the claim; the claim's own name if absent.")
        @Nullable
        String secretName,

        @Size(min = 1, max = 253)
        @Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        @JsonPropertyDescription(
                "ServiceAccount beside the claim whose tokens are the password: the Secret has none then, but"
                        + " the audience that a token needs.")
        @Nullable
        String serviceAccountName,

        @Min(1) @Max(1000000) @JsonPropertyDescription("Most client connections per pod.") @Nullable
        Integer maxClientConnections,

        @Min(1) @Max(10000) @JsonPropertyDescription("Most server connections per pod.") @Nullable
        Integer poolSize,

        @JsonPropertyDescription("Exchanges the password on schedule.") @Nullable
        RotationSpec rotation) {

    /// A pool in whatever namespace.
    public record PoolRef(
            @Required
            @Size(min = 1, max = 52)
            @Pattern("^[a-z]([-a-z0-9]*[a-z0-9])?$")
            @JsonPropertyDescription("Name of the DoormanPool.")
            String name,

            @Required
            @Size(min = 1, max = 63)
            @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
            @JsonPropertyDescription("Its namespace.")
            String namespace) {}
}
