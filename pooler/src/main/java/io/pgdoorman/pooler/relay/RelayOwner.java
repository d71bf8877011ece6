package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.wire.PgError;

/// The client connection that a relay works for; called on its event loop.
public interface RelayOwner {
    /// The transaction ended and nothing is owed: the server is detached and the owner's to give back.
    void leaseEnded(ServerConnection server);

    /// Session mode: the same boundary, and the server stays.
    void boundary();

    /// The server's connection ended while it was held.
    ///
    /// @param told whether PostgreSQL's own farewell already went to the client
    void serverLost(boolean told);

    /// The client said Terminate, and what it asked before is answered.
    void terminated();

    /// The client broke the protocol, and what it asked before is answered.
    void violated(PgError error);

    /// The client cannot go on; the server must be given up.
    void broken(PgError error);

    /// PostgreSQL reported to the client what a parameter is now.
    void parameterChanged(String name, String value);

    /// Whether the client may be read.
    void readClient(boolean on);
}
