package io.pgdoorman.e2e.scale;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;

/// The pods of a pool and what they run.
///
/// @param hashes of their configurations, by uid
record PodsSeen(Map<String, String> hashes) {

    PodsSeen {
        hashes = Map.copyOf(hashes);
    }

    /// What became of pods, in the words of a prediction, or in others where it fits none of these.
    String since(PodsSeen before) {
        var stayed = new HashSet<>(hashes.keySet());
        stayed.retainAll(before.hashes.keySet());
        var isSameSet = stayed.equals(hashes.keySet()) && stayed.equals(before.hashes.keySet());
        var isScaled = stayed.equals(hashes.keySet()) || stayed.equals(before.hashes.keySet());
        var reloaded = stayed.stream()
                .filter(uid -> !Objects.equals(hashes.get(uid), before.hashes.get(uid)))
                .count();
        if (stayed.isEmpty() && !hashes.isEmpty()) {
            return "roll";
        }
        if (reloaded == 0) {
            return isSameSet ? "none" : isScaled ? "scale" : "some were replaced: " + before + " became " + this;
        }
        return isSameSet && reloaded == stayed.size() ? "hot" : "some loaded it: " + before + " became " + this;
    }
}
