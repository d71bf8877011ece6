package io.pgdoorman.pooler.prepare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.stats.StatementTally;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The statements of one pool on one event loop: same text, parameter types and [PlannerScope], same
/// [Statement].
///
/// One cache per loop instead of a shared one: no lock on the way of a Parse, and a server stays on its loop.
/// Belongs to that loop. Least recently used entries leave; clients and servers that know such a statement keep it
/// alive.
public final class StatementCache {
    /// What the names of all statements begin with.
    static final String NAME_PREFIX = "DOORMAN_";

    /// The name of no statement.
    public static final byte[] NOBODYS = (NAME_PREFIX + "none").getBytes(StandardCharsets.US_ASCII);

    /// Of all texts that are remembered: eight thousand statements as drivers prepare them take a tenth of it, and
    /// some hundred texts of a megabyte would fill the process.
    static final int MOST_BYTES = 32 * 1024 * 1024;

    private static final byte[] PREFIX = NAME_PREFIX.getBytes(StandardCharsets.US_ASCII);

    /// As many are looked at to find what nobody misses.
    private static final int FEW = 64;

    private final StatementTally tally;
    private final String namePrefix;
    private volatile int capacity;
    private volatile int serverCapacity = -1;
    private final Map<Object, Statement> statements = new LinkedHashMap<>(16, 0.75f, true);
    private final StatementKey.Sought sought = new StatementKey.Sought();
    private long created;
    private boolean isClosed;

    /// @param loop the event loop's number; it keeps the names of two loops apart
    /// @param capacity how many statements are remembered, at least 1
    /// @param memory of the process
    public StatementCache(int loop, int capacity, StatementMemory memory) {
        this.tally = new StatementTally(memory);
        this.namePrefix = NAME_PREFIX + loop + "_";
        this.capacity = capacity;
    }

    /// Whether a name looks like those of the servers' statements. Of a client that has no such name it must not reach
    /// a server, which may know it from another client.
    public static boolean isServersName(ByteBuf in, int from, int length) {
        if (length < PREFIX.length) {
            return false;
        }
        for (int i = 0; i < PREFIX.length; i++) {
            if (in.getByte(from + i) != PREFIX[i]) {
                return false;
            }
        }
        return true;
    }

    /// The statement of this Parse tail, `in` from `from` to `end`; a new one when it is not remembered. Nothing is
    /// copied of a text that is known.
    ///
    /// @param scope only clients in the same [PlannerScope] share it
    public Statement intern(ByteBuf in, int from, int end, long scope, DirtOf dirt) {
        var known = remembered(in, from, end, scope);
        if (known != null) {
            known.used();
            known.usedAt(tally.nowNanos());
            return known;
        }
        var tail = new byte[end - from];
        in.getBytes(from, tail);
        var statement = new Statement(namePrefix + ++created, tail, scope, dirt.of(tail), tally.memory());
        statement.usedAt(tally.nowNanos());
        remember(sought.kept(tail), statement);
        return statement;
    }

    /// As [#intern(ByteBuf, int, int, long, DirtOf)], of another's statement.
    public Statement intern(byte[] tail, long scope, DirtOf dirt) {
        return intern(Unpooled.wrappedBuffer(tail), 0, tail.length, scope, dirt);
    }

    private void remember(StatementKey key, Statement statement) {
        if (isClosed) {
            return;
        }
        var before = statements.put(key, statement);
        if (before != null) {
            dropped(before);
        }
        tally.kept(statement.tail().length);
        statement.memory().hold();
        var eldest = statements.values().iterator();
        while (statements.size() > capacity || (tally.keptBytes() > MOST_BYTES && statements.size() > 1)) {
            dropped(eldest.next());
            eldest.remove();
        }
    }

    private void dropped(Statement statement) {
        tally.dropped(statement.tail().length);
        statement.memory().letGo();
    }

    /// Whether a statement with this tail is remembered.
    public boolean knows(ByteBuf in, int from, int end, long scope) {
        return remembered(in, from, end, scope) != null;
    }

    private @Nullable Statement remembered(ByteBuf in, int from, int end, long scope) {
        var known = statements.get(sought.at(in, from, end, scope));
        sought.letGo();
        return known == null || known.isRetired() ? null : known;
    }

    /// Forgets some of those that neither a client nor a server knows, the least recently used first, until there is
    /// room for one more with such a tail or no more of the few that it looks at can go.
    public void makeRoom(int tail) {
        var eldest = statements.values().iterator();
        for (int seen = 0; seen < FEW && eldest.hasNext() && tally.memory().isTight(Statement.size(tail)); seen++) {
            var statement = eldest.next();
            if (statement.memory().holders() == 1) {
                dropped(statement);
                eldest.remove();
            }
        }
    }

    /// Nobody gets statements of this pool any more: none is remembered from now on.
    public void close() {
        isClosed = true;
        var _ = retain(Set.of());
    }

    /// What is counted of these statements, and of clients' names for them.
    public StatementTally tally() {
        return tally;
    }

    /// How long nobody has used it, to the second; on the cache's loop.
    public long idleNanos(Statement statement) {
        return Math.max(0, tally.nowNanos() - statement.usedNanos());
    }

    /// Changes how many statements are remembered; any thread. Surplus ones leave at the next new text.
    public void setCapacity(int statements) {
        capacity = statements;
    }

    /// Changes how many statements one server keeps; any thread. Surplus ones are closed as others come.
    public void setServerCapacity(int statements) {
        serverCapacity = statements;
    }

    /// How many statements one server keeps, or -1 when that is as it was at its beginning.
    public int serverCapacity() {
        return serverCapacity;
    }

    public int size() {
        return statements.size();
    }

    /// The least recently used one first.
    public List<Statement> statements() {
        return List.copyOf(statements.values());
    }

    /// Forgets those that are not among these.
    ///
    /// @return how many
    public int retain(Set<Statement> used) {
        int before = statements.size();
        var all = statements.values().iterator();
        while (all.hasNext()) {
            var statement = all.next();
            if (!used.contains(statement)) {
                dropped(statement);
                all.remove();
            }
        }
        return before - statements.size();
    }

    /// Looks at a text for what it leaves behind.
    @FunctionalInterface
    public interface DirtOf {
        int of(byte[] tail);
    }
}
