package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The pool's half of access by consent: which namespaces may use which databases, and as whom.
///
/// The other half is a [DoormanDatabaseAccess] in the application's namespace. Taking back either half revokes.
public record AccessSpec(
        @ListMap("name")
        @Size(max = 32)
        @JsonPropertyDescription("What namespaces may claim; the first rule that fits a claim decides.")
        @Nullable
        List<Rule> rules,

        @Change(ChangeClass.DESIRED)
        @JsonPropertyDescription("Authorities that vouch for the pods' certificate; applications get them as ca.crt.")
        @Nullable
        CaSecretRef caSecretRef) {

    /// The rules; empty without any.
    public List<Rule> all() {
        return rules == null ? List.of() : rules;
    }

    /// One consent.
    public record Rule(
            @Required
            @Size(min = 1, max = 63)
            @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
            @JsonPropertyDescription("Name of the rule.")
            String name,

            @Required @JsonPropertyDescription("Whose claims.")
            From from,

            @Required @Size(min = 1, max = 16) @JsonPropertyDescription("Databases of this pool.")
            List<@Size(min = 1, max = 63) String> databases,

            @Required
            @ListMap("name")
            @Size(min = 1, max = 8)
            @JsonPropertyDescription("What a claim may be, and the user of auth.users that the server then sees.")
            List<Role> roles,

            @Default("{}") @JsonPropertyDescription("Bounds of each claim.")
            Quotas quotas) {}

    /// Namespaces whose claims a rule is about.
    @ValidationRule(
            value = "has(self.namespaces) != has(self.selector)",
            message = "from needs exactly one of namespaces and selector")
    public record From(
            @Size(min = 1, max = 256) @JsonPropertyDescription("Names of namespaces.") @Nullable
            List<@Size(min = 1, max = 63) String> namespaces,

            @JsonPropertyDescription(
                    "Labels that a namespace must have; never fits where the operator may not see namespaces.")
            @Nullable
            LabelSelector selector) {}

    /// A word that claims use, and the user behind it.
    public record Role(
            @Required
            @Size(min = 1, max = 63)
            @Pattern("^[A-Za-z][A-Za-z0-9]*$")
            @JsonPropertyDescription("What the claim says, as in ReadWrite.")
            String name,

            @Required
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("One of auth.users; its Secret must hold the password itself, not a hash.")
            String user) {}

    /// Bounds of the claims of a rule; a claim that asks for more is refused.
    public record Quotas(
            @Default("10")
            @Min(1)
            @Max(1000)
            @JsonPropertyDescription("Most claims of one namespace; the oldest are granted.")
            int claims,

            @Min(1) @Max(1000000) @JsonPropertyDescription("Most client connections per claim and pod.") @Nullable
            Integer maxClientConnections,

            @Min(1) @Max(10000) @JsonPropertyDescription("Most server connections per claim and pod.") @Nullable
            Integer poolSize) {}
}
