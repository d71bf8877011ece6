package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.ServerConnector;
import java.util.Map;

/// Opens connections for replication to the server of one pool, besides those of the pool.
@FunctionalInterface
public interface Walsenders {
    /// @param asked the client's startup parameters without user and database
    void connect(Map<String, String> asked, Loop loop, ServerConnector.Callback callback);
}
