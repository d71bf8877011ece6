package io.pgdoorman.pooler.stats;

import java.util.Locale;

/// Why a pool's last connect failed; gone as soon as one succeeds.
///
/// @param reason names the server
/// @param nanos when it failed last, as the pooler's clock has it
public record ServerTrouble(Kind kind, String reason, long nanos) {

    /// What is the matter with the server, or with how it is asked.
    public enum Kind {
        /// Nobody answers, or nobody is let in now.
        UNREACHABLE,
        /// No TLS as it is demanded.
        TLS,
        /// It refuses the login.
        LOGIN;

        /// As programs read it.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
