package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Databases that lend no servers: transactions under way end, what comes after them waits.
public record PauseSpec(
        @Default("false") @JsonPropertyDescription("All databases.")
        boolean all,

        @Size(max = 512) @JsonPropertyDescription("Some of databases[].") @Nullable
        List<@Size(min = 1, max = 63) String> databases) {

    static final String UNKNOWN = "each of pause.databases must name one of databases[]";
    static final String NO_PODS = "replicas 0 needs pause.all: nobody could connect";

    /// Whether a database is paused.
    public boolean has(String database) {
        return all || (databases != null && databases.contains(database));
    }

    /// Whether any is.
    public boolean asksAny() {
        return all || (databases != null && !databases.isEmpty());
    }
}
