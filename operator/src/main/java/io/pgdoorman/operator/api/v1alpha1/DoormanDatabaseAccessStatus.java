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

        @ListMap("type") @JsonPropertyDescription("Conditions.")
        List<Condition> conditions) {}
