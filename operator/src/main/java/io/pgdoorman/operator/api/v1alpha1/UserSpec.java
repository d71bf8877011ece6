package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// One user.
@ValidationRule(
        value = "self.name != 'pgdoorman-admin'",
        message = "this name is the operator's own",
        fieldPath = ".name")
@ValidationRule(value = "!has(self.serverUser) || has(self.serverSecretRef)", message = UserSpec.SERVER_USER_ALONE)
@ValidationRule(value = "!has(self.previousSecretRef) || has(self.secretRef)", message = UserSpec.PREVIOUS_ALONE)
public record UserSpec(
        @Required @Size(min = 1, max = 63) @Pattern(UserSpec.NAME) @JsonPropertyDescription("Name of the user.")
        String name,

        @JsonPropertyDescription(
                "Where the password stands: plain text, an md5 hash or a SCRAM-SHA-256 verifier. Without"
                        + " one the user comes in by token, certificate or what else auth.hba says.")
        @Nullable
        SecretRef secretRef,

        @JsonPropertyDescription("A password that lets in beside it, while it is changed; where the server refuses"
                + " that of secretRef, a plain one is tried there, too.")
        @Nullable
        SecretRef previousSecretRef,

        @Size(min = 1, max = 63) @JsonPropertyDescription("Name of the user at the server, if it differs.") @Nullable
        String serverUser,

        @JsonPropertyDescription(
                "The user's password at the server, if it is not that of secretRef; the password itself. Change it"
                        + " here before ALTER ROLE: for ten minutes the one before is tried where the server refuses"
                        + " it.")
        @Nullable
        SecretRef serverSecretRef,

        @Min(1) @Max(10000) @JsonPropertyDescription("Overrides the database's poolSize for this user.") @Nullable
        Integer poolSize) {

    static final String NAME = "^[A-Za-z_][A-Za-z0-9_.-]*$";
    static final String SERVER_USER_ALONE = "serverUser needs a serverSecretRef beside it";
    static final String PREVIOUS_ALONE = "previousSecretRef needs a secretRef beside it";

    /// Who it is at the server.
    @JsonIgnore
    public String nameAtServer() {
        return serverUser == null ? name : serverUser;
    }

    /// What it proves itself with at the server; null if it has nothing of its own.
    @JsonIgnore
    public @Nullable SecretRef secretAtServer() {
        return serverSecretRef == null ? secretRef : serverSecretRef;
    }
}
