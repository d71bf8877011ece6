package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.net.SocketSettings;
import java.util.Map;

/// What is needed to open a connection to PostgreSQL for one pool.
///
/// @param startupParameters sent in the startup packet: they become what RESET returns to
/// @param connectTimeoutMillis limit of TCP and login together
/// @param statementCapacity prepared statements kept on one connection
public record ServerSettings(
        Address address,
        Login login,
        Map<String, String> startupParameters,
        int connectTimeoutMillis,
        int statementCapacity,
        SocketSettings socket) {
    /// Where PostgreSQL listens.
    public record Address(String host, int port) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /// As whom, and to which database.
    public record Login(String database, String user, Credentials credentials) {}
}
