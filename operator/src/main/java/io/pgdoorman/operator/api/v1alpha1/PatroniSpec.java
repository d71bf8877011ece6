package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The Patroni cluster that a server belongs to.
public record PatroniSpec(
        @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "Where its REST API is, such as http://pg-0.pg:8008; all are asked at once, and the first good answer"
                        + " counts. No passwords.")
        List<
                        @Size(min = 1, max = 253)
                        @Pattern(
                                "^https?://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/-]*)?$")
                        String>
                urls,

        @JsonPropertyDescription(
                "Authorities of the certificates behind https URLs, in which the URL's name has to be; those that Java"
                        + " knows if absent.")
        @Nullable
        CaSecretRef caSecretRef) {

    public PatroniSpec {
        urls = List.copyOf(urls);
    }
}
