package io.pgdoorman.pooler.stats;

import java.util.List;

/// All pools, clients and servers as they are now; filled by `app`, called from threads of `http` and `admin`.
public interface Snapshots {

    List<PoolSnapshot> pools();

    List<ClientSnapshot> clients();

    List<ServerSnapshot> servers();

    /// Those of all who issue tokens.
    default List<TokenKeysSnapshot> tokenKeys() {
        return List.of();
    }

    /// One for each database whose users are looked up.
    default List<LookupSnapshot> lookups() {
        return List.of();
    }

    /// One for each database whose servers may come from elsewhere.
    default List<FallbackSnapshot> fallbacks() {
        return List.of();
    }

    /// Those of all users who have one.
    default List<PreviousPasswordSnapshot> previousPasswords() {
        return List.of();
    }

    /// None where TLS is off.
    default List<CertificateSnapshot> certificates() {
        return List.of();
    }

    /// The event loops of the data path.
    default List<LoopSnapshot> loops() {
        return List.of();
    }

    /// Limits beside what is used of them.
    default List<LimitSnapshot> limits() {
        return List.of();
    }

    /// Of databases that have a cap on their servers.
    default List<CapSnapshot> caps() {
        return List.of();
    }

    /// The level of the log in force.
    default String logLevel() {
        return "info";
    }
}
