package io.pgdoorman.pooler.patroni;

import io.pgdoorman.pooler.server.ServerSettings;
import java.util.Locale;

/// One PostgreSQL of a Patroni cluster that may be used.
record Member(String name, ServerSettings.Address address, Role role) {
    /// What Patroni says that it is.
    enum Role {
        LEADER,
        /// A standby that has all that was committed, and is the first to be promoted.
        SYNC_STANDBY,
        REPLICA;

        static Role of(String text) {
            return switch (text) {
                // Patroni 3 and older say master
                case "leader", "master", "primary", "standby_leader" -> LEADER;
                case "sync_standby", "quorum_standby" -> SYNC_STANDBY;
                default -> REPLICA;
            };
        }
    }

    /// One of the pool's own hosts.
    static Member home(ServerSettings.Address address) {
        return new Member("home", address, Role.LEADER);
    }

    @Override
    public String toString() {
        return name + " (" + address + ", " + role.name().toLowerCase(Locale.ROOT) + ")";
    }
}
