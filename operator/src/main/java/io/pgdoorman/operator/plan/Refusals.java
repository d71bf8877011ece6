package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.podlink.PodLink.Fault;
import io.pgdoorman.operator.podlink.PodLink.Rejected;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.SecretFiles;
import java.time.Duration;
import java.time.Instant;

/// Tells a refusal that stays from one that passes.
public final class Refusals {

    /// The kubelet refreshes ConfigMap and Secret from two caches: the file may be there before its secrets.
    static final Duration FILES_MAY_LAG = Duration.ofSeconds(10);

    private Refusals() {}

    /// Whether a pod would refuse the current file again.
    ///
    /// A refusal without a hash is about a file that could not be read at all; right after a write that may
    /// still be the file before.
    public static boolean isFinal(Rejected rejected, StoredConfig stored, Instant now) {
        var hash = rejected.hash();
        if (hash != null && !hash.equals(stored.current().hash())) {
            return false;
        }
        var isAboutSecrets = rejected.faults().stream()
                .map(Fault::message)
                .allMatch(text -> SecretFiles.KINDS.stream()
                        .anyMatch(kind -> text.contains(Place.POD_FOLDER + "/" + kind + "-")));
        return (hash != null && !isAboutSecrets)
                || now.isAfter(stored.writtenAt().plus(FILES_MAY_LAG));
    }
}
