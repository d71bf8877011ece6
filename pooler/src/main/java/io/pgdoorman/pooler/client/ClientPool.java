package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.relay.Pinning;
import io.pgdoorman.pooler.relay.RelaySettings;
import io.pgdoorman.pooler.relay.RelayShelf;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.PreparedSnapshot;
import io.pgdoorman.pooler.stats.Seats;
import io.pgdoorman.pooler.stats.StatementMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The pool of one (database, user) as its clients see it: the servers, and what is shared between clients.
///
/// Settings may be replaced at any time; the rest keeps its identity over reloads.
public final class ClientPool {
    private final String database;
    private final String user;
    private final Pool<ServerConnection> pool;
    private final PoolStats stats;
    private final List<StatementCache> caches = new ArrayList<>();
    private final List<RelayShelf> shelves = new ArrayList<>();
    private final Greetings greetings = new Greetings();
    private final Seats seats = new Seats();
    private volatile Behaviour behaviour;
    private volatile @Nullable Walsenders walsenders;
    private volatile Shortcuts shortcuts = Shortcuts.NONE;
    private final Supplier<Shortcuts> liveShortcuts = this::shortcuts;
    private volatile @Nullable ServerReturn serverReturn;

    /// What may change while clients are connected.
    public record Behaviour(
            RelaySettings relay, SessionRules session, Credentials credentials, Timeouts timeouts, Caps caps) {}

    /// What becomes of the sessions of clients.
    ///
    /// @param cleanup whether what a client left behind is reset
    /// @param managed parameters that the operator set, so that a client's startup packet does not
    /// @param pinning what keeps a server with its client in transaction mode
    /// @param logChanges whether changes of reported parameters are logged
    public record SessionRules(boolean cleanup, Set<String> managed, Pinning pinning, boolean logChanges) {}

    /// Most clients at once; 0 = no limit.
    ///
    /// @param perDatabase over all users of the database
    public record Caps(int perDatabase, int perUser) {}

    /// @param statements prepared statements remembered on each loop, at the beginning
    public ClientPool(
            Pool<ServerConnection> pool,
            PoolStats stats,
            Behaviour behaviour,
            int loops,
            int statements,
            StatementMemory memory) {
        this.database = stats.database();
        this.user = stats.user();
        this.pool = pool;
        this.stats = stats;
        this.behaviour = behaviour;
        for (int loop = 0; loop < loops; loop++) {
            var cache = new StatementCache(loop, statements, memory);
            caches.add(cache);
            shelves.add(new RelayShelf(cache, () -> behaviour().session().pinning(), stats.pins()));
        }
    }

    public String database() {
        return database;
    }

    public String user() {
        return user;
    }

    public Pool<ServerConnection> pool() {
        return pool;
    }

    public PoolStats stats() {
        return stats;
    }

    /// Whether no client is in.
    public boolean isEmpty() {
        return seats.taken() == 0;
    }

    /// Those of its clients.
    Seats seats() {
        return seats;
    }

    /// How many clients it has.
    public int clientCount() {
        return seats.taken();
    }

    public Behaviour behaviour() {
        return behaviour;
    }

    public void behave(Behaviour changed) {
        behaviour = changed;
    }

    /// Lets clients have connections for replication.
    public void replicateBy(Walsenders source) {
        walsenders = source;
    }

    @Nullable
    Walsenders walsenders() {
        return walsenders;
    }

    Shortcuts shortcuts() {
        return shortcuts;
    }

    /// To be asked anew for each query.
    Supplier<Shortcuts> liveShortcuts() {
        return liveShortcuts;
    }

    /// The way of its servers back to it.
    ServerReturn serverReturn(Building building) {
        var known = serverReturn;
        if (known == null) {
            known = new ServerReturn(building, this); // two threads may make one each
            serverReturn = known;
        }
        return known;
    }

    /// Changes what is answered without a server; what PostgreSQL answered to the check query stays while its text
    /// does.
    public void shortcut(boolean deferBegin, String checkQuery) {
        shortcuts = shortcuts.with(deferBegin, checkQuery);
    }

    /// Changes how many prepared statements are remembered on each loop.
    ///
    /// @param onServers how many each server keeps prepared
    public void rememberStatements(int capacity, int onServers) {
        caches.forEach(cache -> {
            cache.setCapacity(capacity);
            cache.setServerCapacity(onServers);
        });
    }

    /// The pool is gone; what its clients still know goes with them.
    public void forgetStatements(Loops loops) {
        for (var loop : loops.all()) {
            loop.executor().execute(cache(loop.index())::close);
        }
    }

    /// What PostgreSQL reports may have changed: the next login asks it anew.
    public void forgetGreetings() {
        greetings.forget();
        shortcuts = shortcuts.forgotten();
    }

    /// Once a second.
    public void tick(long nowNanos) {
        stats.tick(nowNanos);
        caches.forEach(cache -> cache.tally().tick(nowNanos));
    }

    /// What its prepared statements take; any thread.
    public PreparedSnapshot prepared() {
        int kept = 0;
        long keptBytes = 0;
        int known = 0;
        long knownBytes = 0;
        int unnamed = 0;
        for (var cache : caches) {
            var tally = cache.tally();
            kept += tally.keptCount();
            keptBytes += tally.keptBytes();
            known += tally.knownCount();
            knownBytes += tally.knownBytes();
            unnamed += tally.unnamedCount();
        }
        return new PreparedSnapshot(
                new PreparedSnapshot.Amount(kept, keptBytes), new PreparedSnapshot.Amount(known, knownBytes), unnamed);
    }

    StatementCache cache(int loop) {
        return caches.get(loop);
    }

    RelayShelf shelf(int loop) {
        return shelves.get(loop);
    }

    /// What PostgreSQL reports to a client with these settings, or null when it has to be asked.
    @Nullable
    Map<String, String> greeting(ParameterSet wanted) {
        return greetings.find(wanted);
    }

    void rememberGreeting(ParameterSet wanted, Map<String, String> reported) {
        greetings.remember(wanted, reported);
    }
}
