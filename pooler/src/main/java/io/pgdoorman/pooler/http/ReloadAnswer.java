package io.pgdoorman.pooler.http;

import org.jspecify.annotations.Nullable;

/// What became of a reload.
public sealed interface ReloadAnswer {

    /// The file is live now.
    record Applied(String hash, @Nullable Long generation) implements ReloadAnswer {}

    /// The file is the one that is live already.
    record Unchanged(String hash, @Nullable Long generation) implements ReloadAnswer {}

    /// The file has not the expected hash yet (a volume that is not refreshed); nothing was done.
    ///
    /// @param hash of the file on disk; null when it is invalid
    record Stale(
            @Nullable String hash,
            String loadedHash,
            @Nullable Long generation) implements ReloadAnswer {}

    /// The caller means an older generation than the loaded one; nothing was done.
    record Fenced(long generation) implements ReloadAnswer {}

    /// The file is refused; the old configuration stays live.
    record Rejected(String loadedHash, RejectedConfig rejected) implements ReloadAnswer {}
}
