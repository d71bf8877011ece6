package io.pgdoorman.pooler.hba;

import java.util.List;

/// Rules that were read, or all faults that stand in the way.
public sealed interface HbaResult {
    /// Every line was understood.
    record Parsed(HbaRules rules) implements HbaResult {}

    /// At least one line was not; none of them is used.
    record Unreadable(List<HbaFault> faults) implements HbaResult {}
}
