package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.stats.ProcessStats;
import java.util.function.LongSupplier;
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
        Console console,
        MockVerifiers mocks,
        ProcessStats stats,
        LongSupplier clock) {
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
            boolean logDisconnections) {}

    /// Both halves of cancelling: from the key to the client, from the client's server to PostgreSQL.
    public record Cancels(CancelRegistry registry, CancelSender sender) {}
}
