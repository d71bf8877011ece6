package io.pgdoorman.pooler.prepare;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The statements that one server knows, least recently used first. Belongs to the server's event loop.
public final class ServerStatements {
    private final Map<Statement, Boolean> known = new LinkedHashMap<>(16, 0.75f, true);

    /// Those among them that it does not know, as it analysed them to another result: they are there to be closed.
    private final Set<Statement> others = new HashSet<>(0);

    private int capacity;
    private boolean isDoubtful;
    private boolean isClosed;

    public ServerStatements(int capacity) {
        // At least one: the statement at work must not be the one that makes room.
        this.capacity = Math.max(1, capacity);
    }

    /// Keeps so many from now on.
    public void setCapacity(int statements) {
        capacity = Math.max(1, statements);
    }

    /// Whether the server knows it; if so, it was used just now.
    public boolean use(Statement statement) {
        return known.get(statement) != null && !others.contains(statement);
    }

    /// Whether the server knows it; that is no use of it.
    public boolean knows(Statement statement) {
        return known.containsKey(statement) && !others.contains(statement);
    }

    /// It has another result here than on the servers that knew it before.
    public void isAnother(Statement statement) {
        if (known.containsKey(statement)) {
            others.add(statement);
        }
    }

    /// The statement that would have to go if this one came, or null.
    public @Nullable Statement wouldEvict(Statement coming) {
        return known.size() < capacity || known.containsKey(coming)
                ? null
                : known.keySet().iterator().next();
    }

    public void add(Statement statement) {
        if (!isClosed && known.put(statement, Boolean.TRUE) == null) {
            statement.memory().hold();
        }
    }

    public void remove(Statement statement) {
        if (known.remove(statement) != null) {
            others.remove(statement);
            statement.memory().letGo();
        }
    }

    /// Takes out the statement to close when there are too many, or null.
    public @Nullable Statement evict() {
        if (known.size() <= capacity) {
            return null;
        }
        return evictEldest();
    }

    private Statement evictEldest() {
        var eldest = known.keySet().iterator().next();
        remove(eldest);
        return eldest;
    }

    /// Takes out a statement to close before another comes, so that the process has memory for that; null when there is
    /// none.
    public @Nullable Statement evictForMemory() {
        return known.isEmpty() ? null : evictEldest();
    }

    /// It lacks one that it should know: others may be missing too.
    public void doubt() {
        clear();
        isDoubtful = true;
    }

    /// Whether it may know statements that are not in here, so that a Parse needs a Close before it.
    public boolean isDoubtful() {
        return isDoubtful;
    }

    public void clear() {
        known.keySet().forEach(statement -> statement.memory().letGo());
        known.clear();
        others.clear();
    }

    /// The server is gone.
    public void close() {
        isClosed = true;
        clear();
    }

    public int size() {
        return known.size();
    }
}
