package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a claim.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DoormanDatabaseAccessStatus(
        @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        long observedGeneration,

        @JsonPropertyDescription("Host and port to connect to.") @Nullable
        String endpoint,

        @JsonPropertyDescription("Name that the application logs in with.") @Nullable
        String user,

        @JsonPropertyDescription("The Secret with all that it needs.") @Nullable
        String secretName,

        @JsonPropertyDescription("The exchange of passwords, if there is a schedule.") @Nullable
        Rotation rotation,

        @ListMap("type") @JsonPropertyDescription("Conditions.")
        List<Condition> conditions) {

    /// The exchange of passwords.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Rotation(
            @JsonPropertyDescription("Since when the schedule counts for the present password (RFC 3339).")
            String lastRotationTime,

            @JsonPropertyDescription("When it is exchanged for another (RFC 3339).") @Nullable
            String nextRotationTime,

            @JsonPropertyDescription("Until when the password before lets in (RFC 3339).") @Nullable
            String previousUntil,

            @JsonPropertyDescription("Logins by the password before, as pods that run now counted them.") @Nullable
            Long previousLogins) {}
}
