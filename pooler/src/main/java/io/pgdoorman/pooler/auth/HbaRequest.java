package io.pgdoorman.pooler.auth;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// What HBA rules are asked about; `address` is null only for a Unix socket.
public record HbaRequest(
        boolean local, boolean tls, @Nullable InetAddress address, String database, String user) {
    public HbaRequest {
        if (local == (address != null)) {
            throw new IllegalArgumentException("a login comes from an address or from a Unix socket");
        }
    }
}
