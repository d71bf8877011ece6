package io.pgdoorman.operator.child;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a pool's ConfigMap says: what pods should run, what they ran well before, and what was refused.
///
/// @param generation of the spec that `current` was rendered from; poolers refuse an older one
/// @param lastGood the newest configuration that all pods acknowledged; stays first choice when `current` is refused
/// @param writtenAt when `current` was written
public record StoredConfig(
        ConfigVersion current,
        long generation,
        @Nullable ConfigVersion lastGood,
        @Nullable Rejection rejected,
        Instant writtenAt) {

    /// A configuration that a pod refused; it is not tried again.
    public record Rejection(String hash, String pod, String faults) {}

    /// The first configuration of a pool, or a new one after others.
    public StoredConfig with(ConfigVersion next, long nextGeneration, Instant now) {
        return new StoredConfig(next, nextGeneration, lastGood, null, now);
    }

    /// All pods acknowledged `current`.
    public StoredConfig proven() {
        return new StoredConfig(current, generation, current, rejected, writtenAt);
    }

    /// A pod refused `current`: back to what was good, if there is such.
    public StoredConfig refused(Rejection rejection, Instant now) {
        return lastGood == null
                ? new StoredConfig(current, generation, null, rejection, writtenAt)
                : new StoredConfig(lastGood, generation, lastGood, rejection, now);
    }
}
