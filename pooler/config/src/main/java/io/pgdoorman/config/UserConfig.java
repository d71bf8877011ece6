package io.pgdoorman.config;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One user of a pool: the login of clients, the size of its pool, the login on PostgreSQL.
///
/// @param previous password that counts beside the present one
/// @param pamService of PAM that checks the client's password instead
public record UserConfig(
        String username,
        Secret password,
        Optional<Previous> previous,
        Optional<String> pamService,
        PoolMode mode,
        PoolSize size,
        ServerLogin serverLogin,
        Duration serverLifetime,
        PoolClients clients) {

    /// How a password begins that is no password but the path of a public key: the user shows a token of that key.
    public static final String TOKEN_KEY_FILE = "jwt-pkey-fpath:";

    /// How a server_password begins that is no password but the path of a private key: PostgreSQL is shown a token of
    /// that key.
    public static final String SIGNING_KEY_FILE = "jwt-priv-key-fpath:";

    /// A password that is to end.
    ///
    /// @param until when it stops to count; empty for as long as it is configured
    public record Previous(Secret password, Optional<Instant> until) {}

    /// Most and fewest server connections.
    public record PoolSize(int max, int min) {
        public PoolSize {
            if (max < 1 || min < 0 || min > max) {
                throw new IllegalArgumentException("a pool of " + min + " to " + max + " servers cannot be");
            }
        }
    }

    /// The role on PostgreSQL; without a password the client's own proof is passed through.
    public record ServerLogin(String username, @Nullable Secret password) {}
}
