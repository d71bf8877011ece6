package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.tls.PostgresTls;
import java.util.List;
import java.util.function.Supplier;

/// TLS of the connections to the hosts of one pool, as libpq's `sslmode` has it (PostgreSQL manual, "SSL Support").
///
/// @param live asked anew for each connection
public record ServerTls(Mode mode, Supplier<PostgresTls> live) {
    /// None.
    public static final ServerTls NONE = new ServerTls(Mode.DISABLE, () -> {
        throw new IllegalStateException("there is no TLS");
    });

    /// When it is used; what the other side has to prove is the material's.
    public enum Mode {
        DISABLE,
        /// Where PostgreSQL refuses a connection without.
        ALLOW,
        /// Where PostgreSQL offers it.
        PREFER,
        REQUIRE
    }

    /// How one connection is tried.
    enum Way {
        PLAIN,
        ENCRYPTED_IF_OFFERED,
        ENCRYPTED
    }

    /// The ways to an address, in the order of trying; a Unix socket needs no encryption.
    List<Way> ways(ServerSettings.Address host) {
        if (host.isFolder()) {
            return List.of(Way.PLAIN);
        }
        return switch (mode) {
            case DISABLE -> List.of(Way.PLAIN);
            case ALLOW -> List.of(Way.PLAIN, Way.ENCRYPTED);
            case PREFER -> List.of(Way.ENCRYPTED_IF_OFFERED, Way.PLAIN);
            case REQUIRE -> List.of(Way.ENCRYPTED);
        };
    }
}
