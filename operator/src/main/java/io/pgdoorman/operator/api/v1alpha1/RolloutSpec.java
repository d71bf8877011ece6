package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/// How pods are replaced.
@ValidationRule(
        value = "!has(self.maxSurge) || self.maxSurge > 0 || (has(self.maxUnavailable) && self.maxUnavailable > 0)",
        message = "maxSurge and maxUnavailable must not both be 0")
@ValidationRule(
        value = "!has(self.canarySoak) || !has(self.progressDeadline)"
                + " || duration(self.canarySoak) < duration(self.progressDeadline)",
        message = RolloutSpec.SOAKS_TOO_LONG)
public record RolloutSpec(
        @Default("1") @Min(0) @Max(200) @JsonPropertyDescription("Pods above replicas while pods are replaced.")
        int maxSurge,

        @Default("0") @Min(0) @Max(200) @JsonPropertyDescription("Pods that may be missing while pods are replaced.")
        int maxUnavailable,

        @Default("15m")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) >= duration('1m') && duration(self) <= duration('24h')",
                message = "must be between 1m and 24h")
        @JsonPropertyDescription("A replacement of pods that makes no progress for so long is reported as stuck.")
        String progressDeadline,

        @Default("false")
        @JsonPropertyDescription(
                "No pod is replaced: what needs new pods waits, a replacement under way stays where it is. Hot changes"
                        + " and replicas go on.")
        boolean paused,

        @Default("0")
        @Min(0)
        @Max(200)
        @JsonPropertyDescription(
                "So many pods try a changed template beside all others before these are replaced; 0: no trial.")
        int canaryPods,

        @Default("1m")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @JsonPropertyDescription(
                "How long canary pods have to be ready, with the configuration acknowledged, before others are"
                        + " replaced.")
        String canarySoak,

        @Default("Approved")
        @JsonPropertyDescription(
                "Approved: pods keep the template (and without spec.image the image) that an operator gave them, until"
                        + " the annotation pgdoorman.io/accept-upgrade bears status.upgrade.hash. Automatic: they get"
                        + " those of each new operator.")
        Upgrades upgrades,

        @Change(ChangeClass.ROLL) @Default("{}") @JsonPropertyDescription("How a pod lets go of its clients.")
        DrainSpec drain) {

    static final String SOAKS_TOO_LONG = "canarySoak must be shorter than progressDeadline";

    /// Whether a new operator replaces pods.
    public enum Upgrades {
        Approved,
        Automatic
    }
}
