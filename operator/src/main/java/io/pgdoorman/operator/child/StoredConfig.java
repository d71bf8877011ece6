package io.pgdoorman.operator.child;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a pool's ConfigMap says: what pods should run, what they ran well before, and what was refused.
///
/// @param generation of the spec that `current` was rendered from; poolers refuse an older one
/// @param lastGood the newest configuration that all pods acknowledged; stays first choice when `current` is refused
/// @param writtenAt when `current` was written
/// @param shares most connections to servers of a pod, by the hash of the configuration that it may still run
public record StoredConfig(
        ConfigVersion current,
        long generation,
        @Nullable ConfigVersion lastGood,
        @Nullable Rejection rejected,
        Instant writtenAt,
        Map<String, Integer> shares) {

    public StoredConfig {
        shares = Collections.unmodifiableMap(new LinkedHashMap<>(shares));
    }

    /// A configuration that a pod refused; it is not tried again.
    public record Rejection(String hash, String pod, String faults) {}

    /// The first configuration of a pool.
    public static StoredConfig first(ConfigVersion version, long generation, Instant now) {
        return new StoredConfig(version, generation, null, null, now, Map.of());
    }

    /// A new configuration after others.
    public StoredConfig with(ConfigVersion next, long nextGeneration, Instant now) {
        return new StoredConfig(next, nextGeneration, lastGood, null, now, shares);
    }

    /// The same configuration in other words, which nobody refuses.
    public StoredConfig reworded(ConfigVersion same) {
        return new StoredConfig(same, generation, lastGood, null, writtenAt, shares);
    }

    /// All pods acknowledged `current`.
    public StoredConfig proven() {
        return new StoredConfig(current, generation, current, rejected, writtenAt, shares);
    }

    /// A pod refused `current`: back to what was good, if there is such.
    public StoredConfig refused(Rejection rejection, Instant now) {
        return lastGood == null
                ? new StoredConfig(current, generation, null, rejection, writtenAt, shares)
                : new StoredConfig(lastGood, generation, lastGood, rejection, now, shares);
    }

    /// The same with other shares.
    public StoredConfig sharing(Map<String, Integer> others) {
        return new StoredConfig(current, generation, lastGood, rejected, writtenAt, others);
    }
}
