package io.pgdoorman.operator.local;

import io.pgdoorman.operator.local.Manifests.Manifest;
import java.util.List;
import java.util.SortedMap;

/// Turns a manifest into what its processes should run, or says all that is wrong with it.
interface Resolver {

    Resolution resolve(Manifest pool, SortedMap<String, Manifest> secrets, long generation);

    /// What a table shows of a manifest: the mode, and the databases as clients name them.
    record Shown(String mode, List<String> databases) {}

    /// What came of a manifest.
    sealed interface Resolution {
        record Accepted(Desired desired, Accounts accounts, Shown shown) implements Resolution {}

        /// @param problems each with path, value and reason
        record Refused(List<String> problems) implements Resolution {}
    }
}
