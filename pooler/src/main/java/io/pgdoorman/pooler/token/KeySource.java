package io.pgdoorman.pooler.token;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// Where the keys of an issuer come from. Any thread may ask; it never blocks.
public interface KeySource {
    /// The newest keys; a source that can fetch does so where it does not know the name.
    ///
    /// @param id the key's name in a token (`kid`); empty where it names none
    /// @return fails with [TokenKeyException] where there are none
    CompletionStage<KeySet> keysFor(String id);

    /// Keys that somebody else keeps up to date, such as those of files.
    static KeySource of(Supplier<KeySet> keys) {
        return _ -> CompletableFuture.completedStage(keys.get());
    }
}
