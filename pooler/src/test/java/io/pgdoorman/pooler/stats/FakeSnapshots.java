package io.pgdoorman.pooler.stats;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Snapshots that a test lays down.
public final class FakeSnapshots implements Snapshots {

    private List<PoolSnapshot> pools = List.of();
    private List<ClientSnapshot> clients = List.of();
    private List<ServerSnapshot> servers = List.of();
    private List<LookupSnapshot> lookups = List.of();
    private List<PreviousPasswordSnapshot> previousPasswords = List.of();
    private List<FallbackSnapshot> fallbacks = List.of();
    private List<LoopSnapshot> loops = List.of();
    private List<LimitSnapshot> limits = List.of();
    private List<CapSnapshot> caps = List.of();
    private List<CertificateSnapshot> certificates = List.of();
    private List<TokenKeysSnapshot> tokenKeys = List.of();
    private Runnable looking = () -> {};

    /// A pool with counts that differ from each other.
    public static PoolSnapshot pool(PoolStats stats) {
        return new PoolSnapshot(
                stats.database(),
                stats.user(),
                "transaction",
                11,
                12,
                13,
                6,
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
                new GrowthSnapshot(2, 3, 8, 4, 7, 5, 6, Map.of(WaitReason.FULL, 9L)),
                new PreparedSnapshot(new PreparedSnapshot.Amount(3, 300), new PreparedSnapshot.Amount(5, 500), 2),
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

    /// Done by whoever looks at the pools, on their thread.
    public void setLooking(Runnable first) {
        looking = first;
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

    /// Of a database whose servers come from another member.
    public static FallbackStats away(String database) {
        var stats = new FallbackStats(database);
        stats.requested();
        stats.requested();
        stats.requestEnded(1_000_000, true);
        stats.requestEnded(2_000_000, false);
        stats.connected();
        stats.connected();
        stats.connected();
        stats.hit();
        stats.failed(FallbackStats.Reason.TIMEOUT);
        stats.away(new FallbackStats.Place("10.0.0.2", 5433));
        return stats;
    }

    public void setFallbacks(FallbackStats... stats) {
        fallbacks = Stream.of(stats).map(FallbackStats::snapshot).toList();
    }

    @Override
    public List<FallbackSnapshot> fallbacks() {
        return fallbacks;
    }

    public void setLimits(List<LimitSnapshot> now) {
        limits = now;
    }

    /// One of everything that there may be, so that no metric is missing.
    public void setEverything() {
        setPools(pool(new PoolStats("db", "alice")));
        var lags = new LatencyHistogram();
        lags.add(1_000_000);
        loops = List.of(new LoopSnapshot(0, lags.latencies(), 1_500_000_000, 0.5));
        limits = List.of(
                LimitSnapshot.ofProcess("max_connections", 7, 100),
                new LimitSnapshot("max_db_client_connections", "db", null, 3, 0),
                new LimitSnapshot("pool_size", "db", "alice", 8, 40));
        caps = List.of(new CapSnapshot("db", 82, 80, 5, 3, 4, 2));
        var now = Instant.parse("2026-11-24T10:00:00Z");
        certificates = List.of(new CertificateSnapshot(
                "client", "/tls/tls.crt", "CN=pooler", "CN=authority", "1f", now, now.plusSeconds(60), null));
        tokenKeys = List.of(new TokenKeysSnapshot("https://idp.example/keys", 2, null));
        setLookups(lookup("db"));
        setFallbacks(away("db"));
        previousPasswords = List.of(new PreviousPasswordSnapshot("db", "alice", null, new PreviousLogins()));
    }

    @Override
    public List<PreviousPasswordSnapshot> previousPasswords() {
        return previousPasswords;
    }

    @Override
    public List<LoopSnapshot> loops() {
        return loops;
    }

    @Override
    public List<LimitSnapshot> limits() {
        return limits;
    }

    public void setCaps(CapSnapshot... caps) {
        this.caps = List.of(caps);
    }

    @Override
    public List<CapSnapshot> caps() {
        return caps;
    }

    @Override
    public List<CertificateSnapshot> certificates() {
        return certificates;
    }

    @Override
    public List<TokenKeysSnapshot> tokenKeys() {
        return tokenKeys;
    }

    @Override
    public List<PoolSnapshot> pools() {
        looking.run();
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
