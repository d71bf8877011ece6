package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.duration;

import io.pgdoorman.config.GeneralConfig;
import java.time.Duration;

/// The keys for who runs the pooler, in the section `general`; all extensions of ours.
public final class UpkeepSettings {
    private static final Section<GeneralConfig> S = GeneralSettings.S;

    public static final Setting<GeneralConfig, Boolean> WATCH_FILES = S.hot("watch_files", bool())
            .orElse(false)
            .acts(
                    g -> g.upkeep().watchesFiles(),
                    "Loads this file, what it includes, and the files of secrets, pg_hba and pg_ident as soon as they"
                            + " have changed and then stayed the same for a second. Off by default: a file half edited"
                            + " by hand would be live, and the operator lets one pod try a change before the others."
                            + " Certificates and keys of tokens are followed in any case. An extension.");
    public static final Setting<GeneralConfig, Boolean> RELOAD_KICK_CLIENTS = S.hot("reload_kick_clients", bool())
            .orElse(false)
            .acts(
                    g -> g.upkeep().kicksClients(),
                    "A reload ends clients whom the access rules (hba, pg_hba) would not let in any more, each at the"
                        + " end of its transaction; what they proved is not asked anew, and replication clients stay."
                        + " Clients of a removed user or database are ended in any case. An extension.");
    public static final Setting<GeneralConfig, Duration> LOG_SLOW_CHECKOUT = S.hot(
                    "log_slow_checkout", duration(Duration.ZERO))
            .orElse(Duration.ZERO)
            .acts(
                    g -> g.upkeep().slowCheckout(),
                    "Logs each wait for a server that took at least so long, with client, database and user; at most"
                            + " ten lines a second, the others are counted. 0 = off. An extension.");
    public static final Setting<GeneralConfig, Duration> LOG_SLOW_QUERY = S.hot(
                    "log_slow_query", duration(Duration.ZERO))
            .orElse(Duration.ZERO)
            .acts(
                    g -> g.upkeep().slowQuery(),
                    "Logs each query that took at least so long, with client, database and user and without its"
                            + " text; at most ten lines a second, the others are counted. 0 = off. An extension.");

    private UpkeepSettings() {}

    /// Makes the keys known at the place where the document lists them.
    static void enlist() {}
}
