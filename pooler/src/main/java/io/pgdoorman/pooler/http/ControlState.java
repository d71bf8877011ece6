package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.ServerTrouble;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The process as the operator sees it.
///
/// @param rejected the last file that was refused, until a good one is loaded
/// @param servers what it may have of servers, null where there is no most
/// @param troubles of pools whose last connect failed lately
/// @param previousLogins by user whose previous password counts still, how often somebody came in by it
public record ControlState(
        String version,
        Phase phase,
        LoadedConfig loaded,
        @Nullable RejectedConfig rejected,
        Load load,
        @Nullable Servers servers,
        List<Trouble> troubles,
        Map<String, Long> previousLogins,
        Instant startedAt) {

    /// Life of the process.
    public enum Phase {
        STARTING,
        /// For a share of its fleet's server connections; it connects to none and lets nobody in.
        WAITING,
        READY,
        DRAINING;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The live configuration.
    ///
    /// @param generation null when nobody told one
    /// @param revoked users who are in no pool though the configuration has them
    public record LoadedConfig(String hash, @Nullable Long generation, Set<String> revoked) {}

    /// A database whose server gave no connection.
    ///
    /// @param reason names the server
    public record Trouble(String database, ServerTrouble.Kind kind, String reason) {}

    /// What the process may have of servers and what it needs, for whoever shares them out over a fleet. Numbers of
    /// connections; those by which users are looked up count as open.
    ///
    /// @param most that may be open, by order or else as the configuration says
    /// @param share what the configuration says
    /// @param held those that are open, being opened or being closed
    /// @param needed most that were not idle at once of late
    /// @param waiting clients that wait, and waited all the time of late, though their database has all it may have
    /// @param oldestWaitMillis how long the first of all clients that wait does
    public record Servers(int most, int share, int held, int needed, int waiting, long oldestWaitMillis) {}

    /// How much there is to do.
    ///
    /// @param pinned servers that stay with their client from one transaction to the next
    /// @param oldestWaitMillis how long the first of all clients that wait does
    /// @param utilisation share of their time that event loops were on a processor lately, 0 to 1
    public record Load(
            long clients,
            long inTransaction,
            long waiting,
            long serverConnections,
            long pinned,
            long oldestWaitMillis,
            double utilisation) {}
}
