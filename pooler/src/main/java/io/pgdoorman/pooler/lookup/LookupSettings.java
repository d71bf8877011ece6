package io.pgdoorman.pooler.lookup;

import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.ServerTls;
import java.time.Duration;

/// How users are looked up.
///
/// @param takesParameters whether users may have PostgreSQL parameters of their own
/// @param scramIterations of verifiers that are made from passwords in clear
public record LookupSettings(Asking asking, Keeping keeping, boolean takesParameters, int scramIterations) {
    /// The same over other encryption.
    public LookupSettings with(ServerTls tls) {
        return with(asking.server().with(tls));
    }

    /// The same asked of another server.
    public LookupSettings with(ServerSettings server) {
        return new LookupSettings(new Asking(server, asking.query()), keeping, takesParameters, scramIterations);
    }

    /// Who is asked what.
    ///
    /// @param query with the user as its only parameter
    public record Asking(ServerSettings server, String query) {
        @Override
        public String toString() {
            return "Asking[" + server.login().user() + "@" + server.hosts() + "]";
        }
    }

    /// @param workers most connections
    /// @param most users of each kind, found or not, that are remembered
    public record Keeping(int workers, Duration found, Duration missed, Duration minInterval, int most) {}
}
