package io.pgdoorman.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How the process lets its clients go when it ends.
///
/// @param timeout after which those that are left are ended, or waited for
/// @param chosenSpread null stands for a tenth of `timeout`
public record ShutdownConfig(
        Duration timeout, @Nullable Duration chosenSpread, Boundary boundary, OnTimeout onTimeout) {

    /// Where a client can leave.
    public enum Boundary {
        TRANSACTION,
        SESSION
    }

    /// What becomes of clients that are left.
    public enum OnTimeout {
        TERMINATE,
        WAIT
    }

    /// Time over which clients are asked to leave.
    public Duration spread() {
        return chosenSpread == null ? timeout.dividedBy(10) : chosenSpread;
    }
}
