package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.OutsideCheck;
import java.time.Duration;
import java.util.Optional;

/// What a proven client may be.
///
/// @param clientKey of SCRAM, where one was seen
/// @param lasts how long the session may last; empty for ever
/// @param as the pool user instead of the one that the client named
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
record Admission(Optional<byte[]> clientKey, Optional<Duration> lasts, Optional<OutsideCheck.As> as) {
    static Admission with(Optional<byte[]> clientKey) {
        return new Admission(clientKey, Optional.empty(), Optional.empty());
    }

    static Admission by(OutsideCheck.Accepted finding) {
        return new Admission(Optional.empty(), finding.lasts(), finding.as());
    }

    @Override
    public String toString() {
        return "Admission[lasts=" + lasts + ", as=" + as + ", ***]";
    }
}
