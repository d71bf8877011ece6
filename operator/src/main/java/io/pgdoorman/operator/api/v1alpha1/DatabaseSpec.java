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
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One database as clients see it. Pool sizes are per user and pod.
@ValidationRule(value = "self.minPoolSize <= self.poolSize", message = "minPoolSize must not be larger than poolSize")
@ValidationRule(
        value = "!has(self.minGuaranteed) || !has(self.maxServerConnections)"
                + " || self.minGuaranteed <= self.maxServerConnections",
        message = DatabaseSpec.GUARANTEES_TOO_MUCH)
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

        @Required
        @InOrder
        @Size(min = 1, max = 8)
        @JsonPropertyDescription(
                "The servers that have this database, in the order in which they are tried; all of one role and with"
                        + " the same tls and patroni.")
        List<@Size(min = 1, max = 63) String> serverRefs,

        @InOrder
        @Size(min = 1, max = 8)
        @JsonPropertyDescription(
                "Servers for those who only read: they are tried in a random order, and reached by the same name at"
                        + " readOnlyService, or by NAME-ro at service. Pool sizes are their own; claims do not reach"
                        + " them.")
        @Nullable
        List<@Size(min = 1, max = 63) String> readOnlyServerRefs,

        @JsonPropertyDescription("Which part of auth counts for this database; all of it if absent.") @Nullable
        AuthRef authRef,

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
        int minPoolSize,

        @Min(1)
        @Max(1000000)
        @JsonPropertyDescription("Most server connections of all users together per pod; no such bound if absent.")
        @Nullable
        Integer maxServerConnections,

        @Min(0)
        @Max(10000)
        @JsonPropertyDescription(
                "Server connections of each user that are not closed for other users while maxServerConnections, or the"
                        + " pod's share of the budget, is reached.")
        @Nullable
        Integer minGuaranteed,

        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) >= duration('100ms') && duration(self) <= duration('1h')",
                message = "must be between 100ms and 1h")
        @JsonPropertyDescription("Overrides limits.queryWaitTimeout for this database.")
        @Nullable
        String queryWaitTimeout,

        @JsonPropertyDescription("PostgreSQL parameters that servers of this database start with.") @Nullable
        Map<String, String> startupParameters) {

    /// Follows the name of a database where its servers are meant that are only read.
    public static final String READ_ONLY = "-ro";

    static final String GUARANTEES_TOO_MUCH = "minGuaranteed must not be larger than maxServerConnections";

    /// Who of auth may use the database.
    public record AuthRef(
            @Size(min = 1, max = 256) @JsonPropertyDescription("Names of auth.users; all of them if absent.") @Nullable
            List<@Size(min = 1, max = 63) String> users,

            @Default("true") @JsonPropertyDescription("Whether users are looked up by auth.authQuery.")
            boolean authQuery) {}

    /// Whether somebody of auth.users may use it.
    public boolean admits(UserSpec user) {
        return authRef == null || authRef.users() == null || authRef.users().contains(user.name());
    }

    /// Whether users who are not listed may use it.
    public boolean looksUp() {
        return authRef == null || authRef.authQuery();
    }

    /// Name of the database on the server.
    public String nameAtServer() {
        return remoteName == null ? name : remoteName;
    }

    /// Servers that are only read, none if absent.
    public List<String> replicas() {
        return readOnlyServerRefs == null ? List.of() : readOnlyServerRefs;
    }
}
