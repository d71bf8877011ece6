package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.stats.MemoryBudget;
import io.pgdoorman.pooler.stats.ServerSnapshot;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All connected clients: those at the door are counted, those logged in are known. Thread-safe.
public final class Clients {
    /// As [LoggedIn#activity] has it.
    private static final int WAITING = 2;

    private final Set<Porch> atTheDoor = ConcurrentHashMap.newKeySet();
    private final Set<LoggedIn> loggedIn = ConcurrentHashMap.newKeySet();
    private final Occupancy occupancy = new Occupancy();
    private final FailedLogins failures = new FailedLogins();
    private final MemoryBudget memory = new MemoryBudget();
    private final StatementMemory statementMemory = StatementMemory.ofHeap();
    private final Set<String> disabled = ConcurrentHashMap.newKeySet();
    private volatile @Nullable PgError draining;
    private volatile @Nullable Mover mover;
    private final Suspension suspension = new Suspension();

    /// What the statements that they prepared hold.
    public StatementMemory statementMemory() {
        return statementMemory;
    }

    /// What their messages hold.
    public MemoryBudget memory() {
        return memory;
    }

    Occupancy occupancy() {
        return occupancy;
    }

    FailedLogins failures() {
        return failures;
    }

    /// Those that have not logged in.
    public int atTheDoorCount() {
        return atTheDoor.size();
    }

    void arrived(Porch porch) {
        atTheDoor.add(porch);
    }

    void left(Porch porch) {
        atTheDoor.remove(porch);
    }

    void entered(LoggedIn client) {
        loggedIn.add(client);
        ClientEvents.loggedIn(client);
        var why = draining;
        if (why != null) {
            client.drain(why);
        }
        var by = mover;
        if (by != null) {
            client.move(by);
        }
        suspension.entered(client);
    }

    void left(LoggedIn client) {
        if (loggedIn.remove(client)) {
            ClientEvents.left(client);
        }
    }

    /// Clients that are connected, logged in or not.
    public int count() {
        return atTheDoor.size() + loggedIn.size();
    }

    public int loggedInCount() {
        return loggedIn.size();
    }

    public List<ClientSnapshot> snapshots() {
        return loggedIn.stream().map(LoggedIn::snapshot).toList();
    }

    /// Those of one pool.
    public List<ClientSnapshot> snapshots(ClientPool pool) {
        return ofPool(pool).map(LoggedIn::snapshot).toList();
    }

    private Stream<LoggedIn> ofPool(ClientPool pool) {
        return loggedIn.stream().filter(client -> client.pool().equals(pool));
    }

    /// The servers that replication clients have to themselves.
    public List<ServerSnapshot> replicationServers() {
        return loggedIn.stream()
                .flatMap(client ->
                        client instanceof ReplicationSession session ? Stream.of(session.server()) : Stream.of())
                .toList();
    }

    /// From now on logins are refused with this error, those under way too, and each client gets it at its next
    /// transaction boundary.
    public void drain(PgError why) {
        draining = why;
        loggedIn.forEach(client -> client.drain(why));
        atTheDoor.forEach(porch -> porch.drain(why));
    }

    /// From now on logins are refused with this error, those under way too, and each client gets it when its turn has
    /// come, at its next transaction boundary.
    public Exodus drainInTurn(PgError why, Duration spread) {
        refuseNewcomers(why);
        return new Exodus(loggedIn, why, spread);
    }

    /// From now on clients go to another process as soon as each can, those that still log in too; null: they stay.
    public void move(@Nullable Mover by) {
        mover = by;
        loggedIn.forEach(client -> client.move(by));
    }

    /// From now on nothing is read of clients, nor of the servers that work for them.
    ///
    /// @return completes when all that was read before has been written
    public CompletionStage<Void> suspend() {
        return suspension.begin(loggedIn);
    }

    /// They are read again.
    public void resume() {
        suspension.end(loggedIn);
    }

    public boolean isSuspended() {
        return suspension.isOn();
    }

    /// From now on logins are refused with this error; who is in stays.
    public void refuseNewcomers(PgError why) {
        draining = why;
        atTheDoor.forEach(porch -> porch.drain(why));
    }

    /// Takes such a refusal back, if it is still this one.
    public void admitNewcomers(PgError why) {
        if (why.equals(draining)) {
            draining = null;
        }
    }

    /// Databases that let nobody in, by order of the console; may be changed.
    public Set<String> disabled() {
        return disabled;
    }

    @Nullable
    PgError draining() {
        return draining;
    }

    /// Ends all that are left, wherever they are.
    public void closeAll(PgError why) {
        loggedIn.forEach(client -> client.end(why));
    }

    /// Ends those whom the access rules would not let in any more, at their next transaction boundary; blocks.
    ///
    /// @return how many
    public int endRefused(Directory directory) {
        return Recheck.end(loggedIn, directory);
    }

    /// Ends the clients of one pool at their next transaction boundary.
    public void drain(ClientPool pool, PgError why) {
        ofPool(pool).forEach(client -> client.drain(why));
    }

    /// Ends the clients of one pool now, wherever they are.
    public void end(ClientPool pool, PgError why) {
        ofPool(pool).forEach(client -> client.end(why));
    }

    /// Ends one client now.
    ///
    /// @return whether it was there
    public boolean end(long id, PgError why) {
        var meant = loggedIn.stream().filter(client -> client.id() == id).toList();
        meant.forEach(client -> client.end(why));
        return !meant.isEmpty();
    }

    /// Ends those that wait for a server.
    public void endWaiting(PgError why) {
        loggedIn.stream().filter(client -> client.activity() == WAITING).forEach(client -> client.end(why));
    }

    /// Counts the statements of those on a loop; on that loop.
    void count(Loop loop, Census census) {
        for (var client : loggedIn) {
            if (client instanceof ClientConnection connection
                    && connection.loop().equals(loop)) {
                census.count(connection.pool(), connection.side().statements());
            }
        }
    }

    /// The pool's timeouts are others now.
    public void timeoutsChanged(ClientPool pool) {
        ofPool(pool).forEach(LoggedIn::timeoutsChanged);
    }

    /// Clients of each pool by what they do: idle, active, waiting; then those that have sent a Flush. Pools
    /// without clients are missing.
    public Map<ClientPool, int[]> counts() {
        var counts = new HashMap<ClientPool, int[]>();
        for (var client : loggedIn) {
            var those = counts.computeIfAbsent(client.pool(), _ -> new int[4]);
            those[client.activity()]++;
            those[3] += client.isAsync() ? 1 : 0;
        }
        return counts;
    }

    /// How many clients a database has.
    public int inDatabase(String name) {
        return occupancy.database(name).taken();
    }
}
