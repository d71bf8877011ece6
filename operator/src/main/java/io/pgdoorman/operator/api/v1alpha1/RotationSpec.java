package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.time.Duration;

/// When passwords that were made for claims are exchanged for others.
@ValidationRule(
        value = "duration(self.every) >= duration('1m')",
        message = "every must be at least 1m",
        fieldPath = ".every")
@ValidationRule(
        value = "duration(self.overlap) < duration(self.every)",
        message = "overlap must be shorter than every",
        fieldPath = ".overlap")
public record RotationSpec(
        @Required
        @Pattern(GoDuration.PATTERN)
        @JsonPropertyDescription("How long a password is used, as in 720h; at least 1m.")
        String every,

        @Default(RotationSpec.USUAL_OVERLAP)
        @Pattern(GoDuration.PATTERN)
        @JsonPropertyDescription("How long the password before lets in, counted from when the Secret has the new one.")
        String overlap) {

    static final String USUAL_OVERLAP = "1h";

    /// For passwords whose schedule was taken away while they were exchanged.
    public static final Duration OVERLAP_WITHOUT_SCHEDULE = GoDuration.parse(USUAL_OVERLAP);
}
