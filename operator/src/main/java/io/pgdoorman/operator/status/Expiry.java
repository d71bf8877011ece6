package io.pgdoorman.operator.status;

import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.observe.Observation.References;
import io.pgdoorman.operator.render.Material;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;

/// Warns of certificates before they end, in time for those who have to ask somebody for the next one.
final class Expiry {

    private static final Duration NOTICE = Duration.ofDays(14);

    private Expiry() {}

    /// Which certificates end soon or have ended; the text moves only when one of them does.
    static Optional<String> text(DoormanPoolSpec spec, References references, Instant now) {
        var text = SecretUse.of(spec).stream()
                .filter(use -> use.kind() == SecretUse.Kind.CERTIFICATE)
                .flatMap(use -> ends(use, references)
                        .filter(end -> end.isBefore(now.plus(NOTICE)))
                        .map(end -> use.who() + ": the certificate in Secret "
                                + use.ref().name() + (end.isBefore(now) ? " ended at " : " ends at ") + end)
                        .stream())
                .collect(Collectors.joining("; "));
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static Optional<Instant> ends(SecretUse use, References references) {
        return Optional.ofNullable(references.values().get(use.ref())).flatMap(Material::expiry);
    }
}
