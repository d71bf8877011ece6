package io.pgdoorman.config.read;

import io.pgdoorman.config.PoolerConfig;
import java.util.List;

/// What reading a file gave.
public sealed interface ReadResult {

    /// A configuration to run, its canonical JSON and the SHA-256 of that in lower-case hex.
    record Valid(PoolerConfig config, String canonical, String hash, List<Warning> warnings) implements ReadResult {
        public Valid {
            warnings = List.copyOf(warnings);
        }

        @Override
        public String toString() {
            return "Valid[" + hash + "]";
        }
    }

    /// Everything that is wrong, at least one.
    record Invalid(List<Fault> faults) implements ReadResult {
        public Invalid {
            faults = List.copyOf(faults);
        }
    }
}
