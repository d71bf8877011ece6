package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One database as clients see it. Pool sizes are per user and pod.
@ValidationRule(value = "self.minPoolSize <= self.poolSize", message = "minPoolSize must not be larger than poolSize")
@ValidationRule(
        value = "!(self.name in ['pgdoorman', 'pgbouncer'])",
        message = "this name is the admin console's",
        fieldPath = ".name")
public record DatabaseSpec(
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[A-Za-z0-9_][A-Za-z0-9_$.-]*$")
        @JsonPropertyDescription("Name that clients connect to.")
        String name,

        @Required @Size(min = 1, max = 1) @JsonPropertyDescription("The server that has this database (one for now).")
        List<@Size(min = 1, max = 63) String> serverRefs,

        @Size(min = 1, max = 63)
        @JsonPropertyDescription("Name of the database on the server, if it differs.")
        @Nullable
        String remoteName,

        @JsonPropertyDescription("Overrides spec.poolMode for this database.") @Nullable
        PoolMode poolMode,

        @Default("10") @Min(1) @Max(10000) @JsonPropertyDescription("Most server connections per user and pod.")
        int poolSize,

        @Default("0")
        @Min(0)
        @Max(10000)
        @JsonPropertyDescription("Server connections per user and pod that are kept open.")
        int minPoolSize) {}
