package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.net.Loop;

/// Who opens connections to PostgreSQL.
@FunctionalInterface
public interface ServerOpener {
    /// @param callback told once, on the loop
    void connect(ServerSettings settings, Loop loop, ServerConnector.Callback callback);
}
