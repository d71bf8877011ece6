package io.pgdoorman.operator.child;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
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

    /// A configuration that a pod refused. It is tried again after a while: what it lacked (a file, a name) may be
    /// there.
    ///
    /// @param times how often it was refused
    /// @param at when it was last
    /// @param isTriedAgain whether it is `current` once more
    public record Rejection(String hash, String pod, String faults, int times, Instant at, boolean isTriedAgain) {

        private static final Duration FIRST_WAIT = Duration.ofMinutes(1);
        private static final int MOST_DOUBLINGS = 5;

        /// One that a pod gave a moment ago.
        public Rejection(String hash, String pod, String faults) {
            this(hash, pod, faults, 0, Instant.EPOCH, false);
        }

        Rejection after(@Nullable Rejection before, Instant now) {
            var earlier = before != null && before.hash.equals(hash) ? before.times : 0;
            return new Rejection(hash, pod, faults, earlier + 1, now, false);
        }

        /// Whether it is time to try again.
        public boolean isOver(Instant now) {
            return !now.isBefore(at.plus(FIRST_WAIT.multipliedBy(1L << Math.clamp(times - 1, 0, MOST_DOUBLINGS))));
        }
    }

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

    /// What was refused is tried again.
    public StoredConfig again(ConfigVersion next, long nextGeneration, Instant now) {
        var tried = Objects.requireNonNull(rejected);
        var trial = new Rejection(tried.hash, tried.pod, tried.faults, tried.times, tried.at, true);
        return new StoredConfig(next, nextGeneration, lastGood, trial, now, shares);
    }

    /// Whether `hash` was refused, and is not being tried again.
    public boolean isRefused(String hash) {
        return rejected != null && !rejected.isTriedAgain && rejected.hash.equals(hash);
    }

    /// All pods acknowledged `current`.
    public StoredConfig proven() {
        var isMended = rejected != null && rejected.hash.equals(current.hash());
        return new StoredConfig(current, generation, current, isMended ? null : rejected, writtenAt, shares);
    }

    /// A pod refused `current`: back to what was good, if there is such.
    public StoredConfig refused(Rejection rejection, Instant now) {
        var last = rejection.after(rejected, now);
        return lastGood == null
                ? new StoredConfig(current, generation, null, last, writtenAt, shares)
                : new StoredConfig(lastGood, generation, lastGood, last, now, shares);
    }

    /// Both are this one, which pods ran well.
    public StoredConfig reverted(ConfigVersion good) {
        return new StoredConfig(good, generation, good, rejected, writtenAt, shares);
    }

    /// The same with other shares.
    public StoredConfig sharing(Map<String, Integer> others) {
        return new StoredConfig(current, generation, lastGood, rejected, writtenAt, others);
    }
}
