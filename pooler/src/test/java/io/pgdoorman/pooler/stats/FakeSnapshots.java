package io.pgdoorman.pooler.stats;

import java.util.List;

/// Snapshots that a test lays down.
public final class FakeSnapshots implements Snapshots {

    private List<PoolSnapshot> pools = List.of();
    private List<ClientSnapshot> clients = List.of();
    private List<ServerSnapshot> servers = List.of();
    private List<LookupSnapshot> lookups = List.of();

    /// A pool with counts that differ from each other.
    public static PoolSnapshot pool(PoolStats stats) {
        return new PoolSnapshot(
                stats.database(),
                stats.user(),
                "transaction",
                11,
                12,
                13,
                14,
                3,
                4,
                1,
                2,
                40,
                5,
                2_500_000,
                false,
                77,
                "pg.example",
                5432,
                "real_" + stats.database(),
                stats);
    }

    public static ClientSnapshot client(long id, String database, String user, String state) {
        return new ClientSnapshot(id, database, user, "psql", "127.0.0.1:4711", false, state, "read", 21, 22, 23, 24);
    }

    public static ServerSnapshot server(long id, String database, String user, String state) {
        return new ServerSnapshot(
                id, 815, database, user, "doorman", true, state, "idle", 31, 32, 33, 34, 35, 36, 37, 38);
    }

    public void setPools(PoolSnapshot... pools) {
        this.pools = List.of(pools);
    }

    public void setClients(ClientSnapshot... clients) {
        this.clients = List.of(clients);
    }

    public void setServers(ServerSnapshot... servers) {
        this.servers = List.of(servers);
    }

    /// Of a database, with counts that differ from each other.
    public static LookupSnapshot lookup(String database) {
        return new LookupSnapshot(
                database,
                new LookupSnapshot.Cache(1, 2, 3, 4, 5),
                new LookupSnapshot.Logins(6, 7),
                new LookupSnapshot.Questions(8, 9),
                new LookupSnapshot.Pools(10, 11, 12));
    }

    public void setLookups(LookupSnapshot... lookups) {
        this.lookups = List.of(lookups);
    }

    @Override
    public List<LookupSnapshot> lookups() {
        return lookups;
    }

    @Override
    public List<PoolSnapshot> pools() {
        return pools;
    }

    @Override
    public List<ClientSnapshot> clients() {
        return clients;
    }

    @Override
    public List<ServerSnapshot> servers() {
        return servers;
    }
}
