package io.pgdoorman.pooler.lookup;

import io.pgdoorman.pooler.auth.Verifier;
import java.util.Map;

/// What is known of a user who stands in no list.
public sealed interface Finding {
    /// There is such a user.
    ///
    /// @param verifier what it has to prove; never a password in clear, since keys are derived from that already
    /// @param stored as PostgreSQL gave it
    /// @param parameters of PostgreSQL that its sessions start with
    /// @param askedNanos when it was asked for: of two findings the later one holds
    record Known(Verifier verifier, String stored, Map<String, String> parameters, long askedNanos) implements Finding {
        /// Whether another finding says the same of the user.
        public boolean isLike(Known other) {
            return stored.equals(other.stored) && parameters.equals(other.parameters);
        }

        @Override
        public String toString() {
            return "Known[" + verifier + "]";
        }
    }

    /// There is none.
    record Unknown() implements Finding {}

    /// Nobody could say.
    ///
    /// @param reason for the log
    record Unavailable(String reason) implements Finding {}
}
