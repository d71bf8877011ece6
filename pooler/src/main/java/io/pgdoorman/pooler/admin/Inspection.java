package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.StatementSnapshot;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What the console shows of the process beyond pools, clients and servers; filled by `app`. Called on event loops, so
/// that no method may block; what lives elsewhere comes later, on any thread.
public interface Inspection {

    /// Those that are connected and not logged in yet.
    int clientsAtTheDoor();

    /// A host name in use.
    ///
    /// @param ttlSeconds until it is asked for anew, 0 when that is due
    /// @param addresses none as long as it could not be resolved
    record HostName(String name, long ttlSeconds, List<String> addresses) {}

    CompletionStage<List<HostName>> hostNames();

    /// A pooler that clients' cancel requests are passed on to.
    ///
    /// @param id the mark of its cancel keys
    /// @param host its address
    /// @param mostRequests passed on at a time, to all peers together
    record Peer(int id, String host, int port, int mostRequests) {}

    CompletionStage<List<Peer>> peers();

    /// Some memory of the process, in bytes.
    ///
    /// @param used of what is taken from the system
    /// @param taken from the system, or set apart
    record Memory(String name, long used, long taken) {}

    List<Memory> memory();

    /// A descriptor that the process has open.
    ///
    /// @param task what it is for: client, server, pooler, or the kernel's name of a file
    /// @param user of the client or server, like the database null where it is not known
    /// @param address of the peer, like the port null where there is none
    /// @param state of a socket in the kernel, by its family: `tcp_established`; null for all else
    record OpenFile(
            int descriptor,
            String task,
            @Nullable String user,
            @Nullable String database,
            @Nullable String address,
            @Nullable Integer port,
            @Nullable String state) {}

    /// All of them; none where the kernel does not tell.
    CompletionStage<List<OpenFile>> openFiles();

    /// A parameter that the configuration sets on the servers of a pool.
    ///
    /// @param source the level of the configuration that says so
    record StartupParameter(String user, String database, String name, String value, String source) {}

    List<StartupParameter> startupParameters();

    /// The prepared statements that pools remember or clients know.
    CompletionStage<List<StatementSnapshot>> statements();
}
