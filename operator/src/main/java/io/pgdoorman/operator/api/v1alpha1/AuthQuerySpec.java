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

/// How users are looked up who are not listed.
@ValidationRule(value = "has(self.serverUser) == has(self.serverSecretRef)", message = AuthQuerySpec.HALF_A_SERVER_USER)
public record AuthQuerySpec(
        @Required
        @Size(min = 1, max = 2000)
        @Pattern("[$]1")
        @JsonPropertyDescription(
                "A query with the user as $1, which answers with its verifier; no row if there is none.")
        String query,

        @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Role that asks.")
        String user,

        @Required @JsonPropertyDescription("Where its password stands; the password itself.")
        SecretRef secretRef,

        @Size(min = 1, max = 63)
        @JsonPropertyDescription("Database on the server that is asked; each database its own if absent.")
        @Nullable
        String database,

        @Default("1h")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(value = "duration(self) <= duration('168h')", message = "must be at most 168h")
        @JsonPropertyDescription(
                "How long an answer counts while PostgreSQL is away; else a login asks anew, at most once a second.")
        String cacheTTL,

        @Default("10") @Min(1) @Max(10000) @JsonPropertyDescription("Most server connections per such user and pod.")
        int poolSize,

        @Size(min = 1, max = 63)
        @JsonPropertyDescription("Role whose server connections all such users share; their own role if absent.")
        @Nullable
        String serverUser,

        @JsonPropertyDescription("Where the password of serverUser stands.") @Nullable
        SecretRef serverSecretRef) {

    static final String HALF_A_SERVER_USER = "serverUser and serverSecretRef need each other";
}
