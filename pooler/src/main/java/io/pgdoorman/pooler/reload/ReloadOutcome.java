package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.read.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a wish to load the configuration file anew.
public sealed interface ReloadOutcome {
    record Applied(String hash, @Nullable Long generation) implements ReloadOutcome {}

    record Unchanged(String hash, @Nullable Long generation) implements ReloadOutcome {}

    /// The file is not the expected one yet; nothing was done.
    record Stale(
            @Nullable String fileHash,
            String loadedHash,
            @Nullable Long generation) implements ReloadOutcome {}

    /// Somebody asked for an older generation than the live one; nothing was done.
    record Fenced(long generation) implements ReloadOutcome {}

    record Rejected(String loadedHash, Refused refused) implements ReloadOutcome {}

    /// A file that cannot be live.
    record Refused(@Nullable String hash, List<Fault> faults) {}
}
