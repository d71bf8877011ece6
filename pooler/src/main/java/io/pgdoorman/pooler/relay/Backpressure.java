package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.server.ServerConnection;
import org.jspecify.annotations.Nullable;

/// The laws of reading, here and nowhere else:
///
/// - while a server does not take more, its client is not read;
/// - while a client does not take more, its server is not read (and, without a server, neither is the client);
/// - while the pooler is suspended, neither is read.
final class Backpressure {
    /// A client that sends without reading answers is stopped here; each entry is one owed answer.
    static final int MAX_OWED = 16 * 1024;

    private final RelayOwner owner;
    private boolean clientWritable = true;
    private boolean clientRead = true;
    private boolean serverRead = true;
    private boolean suspended;

    Backpressure(RelayOwner owner) {
        this.owner = owner;
    }

    void clientWritable(boolean writable) {
        clientWritable = writable;
    }

    void suspended(boolean on) {
        suspended = on;
    }

    void apply(@Nullable ServerConnection server, int owed) {
        boolean readClient = !suspended && (server == null ? clientWritable : server.isWritable() && owed < MAX_OWED);
        if (readClient != clientRead) {
            clientRead = readClient;
            owner.readClient(readClient);
        }
        boolean readServer = !suspended && clientWritable;
        if (server != null && readServer != serverRead) {
            serverRead = readServer;
            server.setAutoRead(serverRead);
        }
    }

    /// Before a server goes back it must be read again.
    void release(ServerConnection server) {
        if (!serverRead) {
            serverRead = true;
            server.setAutoRead(true);
        }
    }
}
