package io.pgdoorman.pooler.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A configuration file that was refused while an older one stays live.
///
/// @param hash null when the file has no canonical form to hash
public record RejectedConfig(@Nullable String hash, List<ConfigFault> faults) {

    public RejectedConfig {
        faults = List.copyOf(faults);
    }
}
