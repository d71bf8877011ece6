package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may log in. Passwords stand in Secrets only; there is no field for one.
public record AuthSpec(
        @Required
        @ListMap("name")
        @Size(min = 1, max = 256)
        @JsonPropertyDescription("Users; each may use every database of the pool.")
        List<UserSpec> users) {

    /// One user, with the same name at the server.
    @ValidationRule(
            value = "self.name != 'pgdoorman-admin'",
            message = "this name is the operator's own",
            fieldPath = ".name")
    public record UserSpec(
            @Required
            @Size(min = 1, max = 63)
            @Pattern("^[A-Za-z_][A-Za-z0-9_.-]*$")
            @JsonPropertyDescription("Name of the user.")
            String name,

            @Required
            @JsonPropertyDescription("Where the password stands: plain text, an md5 hash or a SCRAM-SHA-256 verifier.")
            SecretRef secretRef,

            @Min(1) @Max(10000) @JsonPropertyDescription("Overrides the database's poolSize for this user.") @Nullable
            Integer poolSize) {}
}
