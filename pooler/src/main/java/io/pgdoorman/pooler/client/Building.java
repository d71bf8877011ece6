package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.tls.DoorTls;
import io.pgdoorman.pooler.tls.HandshakeGate;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// What every client connection needs of the process around it.
///
/// @param directory the live one, asked anew at each login
/// @param clock nanoseconds
public record Building(
        Loops loops,
        Supplier<Directory> directory,
        Supplier<House> house,
        Clients clients,
        Cancels cancels,
        AdminConsole console,
        MockVerifiers mocks,
        ProcessStats stats,
        LongSupplier clock,
        Encrypting encryption) {
    /// Rules of the house that a reload may change.
    ///
    /// @param maxClients clients at once
    /// @param maxPerAddress clients at once from one address; 0 = no limit
    /// @param loginTimeoutMillis from accept to the end of the login
    public record House(
            int maxClients,
            int maxPerAddress,
            int loginTimeoutMillis,
            boolean logConnections,
            boolean logDisconnections,
            Logins logins) {}

    /// Rules for those who have not proven anything yet.
    ///
    /// @param mostUnauthenticated of them at once; 0 = no limit besides maxClients
    /// @param failuresPerMinute failed logins that an address may have; 0 = no limit
    /// @param exempt addresses without that limit
    /// @param auditsSuccesses whether logins that succeed are audited too
    public record Logins(
            int mostUnauthenticated, int failuresPerMinute, Predicate<InetAddress> exempt, boolean auditsSuccesses) {
        /// Whether failed logins of the address are counted.
        boolean counts(InetAddress address) {
            return failuresPerMinute > 0 && !exempt.test(address);
        }
    }

    /// TLS of clients.
    ///
    /// @param live asked anew for each connection
    /// @param gate spreads handshakes over time
    /// @param crypto where keys are derived and certificates sign, as event loops have no time for it
    public record Encrypting(Supplier<LiveTls> live, HandshakeGate gate, Executor crypto) {}

    /// @param door empty where TLS is not offered
    /// @param isDemanded whether nobody comes in without
    /// @param handshakesPerSecond 0 = no limit
    /// @param cleartext where a password or token may be asked for in clear
    public record LiveTls(Optional<DoorTls> door, boolean isDemanded, int handshakesPerSecond, Cleartext cleartext) {
        /// No TLS.
        public static final LiveTls NONE = new LiveTls(Optional.empty(), false, 0, Cleartext.TLS);
    }

    /// Where secrets may pass as they are; a Unix socket is always good for it.
    public enum Cleartext {
        /// Under TLS only.
        TLS,
        /// And from this machine itself.
        LOOPBACK,
        /// From everywhere, as PgDoorman does.
        ANYWHERE
    }

    /// Both halves of cancelling: from the key to the client, from the client's server to PostgreSQL.
    public record Cancels(CancelRegistry registry, CancelSender sender) {}
}
