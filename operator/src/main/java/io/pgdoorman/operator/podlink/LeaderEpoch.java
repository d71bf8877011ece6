package io.pgdoorman.operator.podlink;

import java.util.OptionalLong;

/// Numbers the leaders of an installation, each higher than those before it; pods refuse orders of a lower one.
public interface LeaderEpoch {

    /// Where nobody leads, as only one can be there.
    LeaderEpoch NONE = OptionalLong::empty;

    /// The number of this one; empty while it does not lead or where nobody does.
    OptionalLong current();
}
