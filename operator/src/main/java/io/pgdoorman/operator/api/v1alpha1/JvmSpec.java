package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The JVM of the pooler; what is absent is as in the image.
public record JvmSpec(
        @Min(1)
        @Max(90)
        @JsonPropertyDescription(
                "Largest heap in percent of resources.limits.memory, which has to be set; 192 MiB if absent."
                        + " Connections take memory beside the heap, too.")
        @Nullable
        Integer heapPercent,

        @InOrder
        @Size(max = 32)
        @JsonPropertyDescription("More options, each as one word, as in -XX:+UseParallelGC; a later one wins.")
        @Nullable
        List<@Pattern("^-[XD-][^\\s*?\\[]*$") @Size(min = 2, max = 500) String> options) {

    static final String NEEDS_LIMIT = "jvm.heapPercent needs resources.limits.memory";
}
