package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Laid over the pods' template last, as `kubectl patch --type strategic` does it, for what has no field of its own.
public record PodTemplateOverlay(
        @JsonPropertyDescription("Labels and annotations of the pods.") @Nullable
        Metadata metadata,

        @PreserveUnknownFields
        @JsonPropertyDescription(
                "Fields of a pod's spec. Lists with a key (containers, volumes, env and the like) are merged by it,"
                        + " others replaced; null removes. The name and image of the container pooler are not to be"
                        + " changed here.")
        @Nullable
        JsonNode spec) {

    static final String OWN_KEYS = "keys that begin with pgdoorman.io/ or app.kubernetes.io/ are the operator's own";

    /// What is added to the pods' own.
    public record Metadata(
            @Size(max = 32)
            @ValidationRule(
                    value = "self.all(k, !k.startsWith('pgdoorman.io/') && !k.startsWith('app.kubernetes.io/'))",
                    message = OWN_KEYS)
            @JsonPropertyDescription("Labels.")
            @Nullable
            Map<String, String> labels,

            @Size(max = 32)
            @ValidationRule(
                    value = "self.all(k, !k.startsWith('pgdoorman.io/') && !k.startsWith('app.kubernetes.io/'))",
                    message = OWN_KEYS)
            @JsonPropertyDescription("Annotations.")
            @Nullable
            Map<String, String> annotations) {}
}
