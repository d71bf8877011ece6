package io.pgdoorman.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One entry of `pools`: a database as clients name it; all inherited values are filled in.
public record PoolConfig(
        String name,
        ServerAddress server,
        ServerTls tls,
        PatroniConfig patroni,
        SessionConfig session,
        ServerTimeouts timeouts,
        PrepareConfig prepare,
        ScalingConfig scaling,
        CapConfig cap,
        PoolClients clients,
        List<UserConfig> users,
        Optional<AuthQueryConfig> authQuery) {

    public PoolConfig {
        users = List.copyOf(users);
    }

    /// The same pool with other users.
    public PoolConfig withUsers(List<UserConfig> others) {
        return new PoolConfig(
                name, server, tls, patroni, session, timeouts, prepare, scaling, cap, clients, others, authQuery);
    }

    /// The same pool whose sessions start with other parameters.
    public PoolConfig withStartupParameters(Map<String, String> others) {
        var started = session.withStartupParameters(others);
        return new PoolConfig(
                name, server, tls, patroni, started, timeouts, prepare, scaling, cap, clients, users, authQuery);
    }

    /// The user of that name.
    public Optional<UserConfig> user(String username) {
        return users.stream().filter(user -> user.username().equals(username)).findFirst();
    }
}
