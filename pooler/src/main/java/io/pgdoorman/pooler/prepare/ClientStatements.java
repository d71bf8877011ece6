package io.pgdoorman.pooler.prepare;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.stats.StatementTally;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// One client's names for prepared statements, the unnamed one among them. Belongs to the client's event loop.
///
/// An own open hash table, so that a name can be looked up where it lies in the frame, without making an object of it.
public final class ClientStatements {
    /// The place of a change that nothing depends on.
    public static final long NEVER = -1;

    /// The name of the unnamed statement.
    public static final byte[] UNNAMED = new byte[0];

    /// NAMEDATALEN without its NUL: PostgreSQL knows statements by no more of their names.
    public static final int MAX_NAME = 63;

    /// Of this process alone, so that nobody can choose names that all lie in one place.
    private static final int SEED = new SecureRandom().nextInt();

    private static final int FNV_PRIME = 0x01000193;

    /// More forgotten names than one in so many places are not looked for one by one.
    private static final int FEW = 8;

    /// So many clients that each took as much as one may would fill what all may.
    private static final int HOGS = 32;

    /// With the first name; many clients never have one.
    private static final int CAPACITY = 4;

    // Of all that are empty; never written to.
    private static final byte[] @Nullable [] NO_NAMES = new byte[1][];
    private static final @Nullable Statement[] NO_STATEMENTS = new Statement[1];
    private static final long[] NO_PLACES = new long[1];

    /// Of the heap, for a name beside its letters.
    private static final int NAME_OVERHEAD = 80;

    private final StatementTally tally;
    private byte[] @Nullable [] names = NO_NAMES;
    private @Nullable Statement[] statements = NO_STATEMENTS;
    private long[] changedAt = NO_PLACES;
    private int size;

    /// Of the heap, for names and what they name; a text that others know too counts in full.
    private long bytes;

    /// Entries whose name means nothing any more; they tell where it was forgotten, until [#settled].
    private int forgotten;

    /// Their names, as long as these are few; some may mean something again.
    private final List<byte[]> forgottenNames = new ArrayList<>(0);

    private boolean isMoreForgotten;

    /// Nothing depends on changes before this place.
    private long answeredBefore;

    /// @param tally of the client's pool on its loop
    public ClientStatements(StatementTally tally) {
        this.tally = tally;
    }

    /// The statement of a name in a message, which is a use of it.
    public @Nullable Statement find(ByteBuf buf, int from, int length) {
        var found = statements[slot(buf, from, length)];
        if (found != null) {
            found.usedAt(tally.nowNanos());
        }
        return found;
    }

    public @Nullable Statement find(byte[] name) {
        return statements[slot(name)];
    }

    /// What PostgreSQL keeps of a name.
    public static byte[] kept(byte[] name) {
        return name.length <= MAX_NAME ? name : Arrays.copyOf(name, MAX_NAME);
    }

    /// Where the name was changed last, in the client's own count of what it asked for.
    public long changedAt(ByteBuf buf, int from, int length) {
        int at = slot(buf, from, length);
        return names[at] == null ? NEVER : changedAt[at];
    }

    /// Nothing depends on earlier changes any more.
    public void settled() {
        if (forgotten > 0) {
            forgotten = 0;
            if (isMoreForgotten) {
                rebuild(names.length);
            } else {
                forgottenNames.forEach(this::removeIfForgotten);
            }
        }
        isMoreForgotten = false;
        answeredBefore = 0; // whoever counts the places next may begin anew
        if (!forgottenNames.isEmpty()) {
            forgottenNames.clear();
        }
    }

    private void removeIfForgotten(byte[] name) {
        int at = slot(name);
        if (names[at] != null && statements[at] == null) {
            remove(at);
        }
    }

    /// Nothing depends on changes before this place any more: names that were forgotten there leave when there is no
    /// room for others. A client may never let its pipeline end.
    public void answered(long place) {
        answeredBefore = place;
    }

    /// How many entries there is room for.
    int places() {
        return names.length;
    }

    /// Names `statement`, or forgets the name when it is null; nothing depends on it.
    ///
    /// @return what had the name before
    public @Nullable Statement put(byte[] name, @Nullable Statement statement) {
        return put(name, statement, NEVER);
    }

    /// @param place of this change in what the client asked for
    public @Nullable Statement put(byte[] name, @Nullable Statement statement, long place) {
        if (size + forgotten == 0) {
            if (statement == null && place == NEVER) {
                return null;
            }
            if (names.length < CAPACITY) {
                rebuild(CAPACITY);
            }
        }
        int at = slot(name);
        var before = statements[at];
        if (statement == null && place == NEVER) {
            if (before != null) {
                uncount(name, before);
                size--;
                remove(at);
            }
            return before;
        }
        if (names[at] == null) {
            names[at] = name;
            forgotten++;
        }
        if (before != null && before != statement) {
            uncount(name, before);
        }
        if (statement != null) {
            if (before != statement) {
                count(name, statement);
            }
        } else if (forgottenNames.size() * FEW < names.length) {
            forgottenNames.add(name);
        } else {
            isMoreForgotten = true;
        }
        int more = (statement == null ? 0 : 1) - (before == null ? 0 : 1);
        size += more;
        forgotten -= more;
        statements[at] = statement;
        changedAt[at] = place;
        if ((size + forgotten) * 2 > names.length) {
            rebuild(names.length);
            if ((size + forgotten) * 3 > names.length) {
                rebuild(names.length * 2);
            }
        }
        return before;
    }

    /// Puts the client's names in the place of those that servers know, in a text of PostgreSQL's; bytes as Latin-1.
    public String inClientsWords(String text) {
        if (!text.contains(StatementCache.NAME_PREFIX)) {
            return text;
        }
        String told = text;
        for (int i = 0; i < names.length; i++) {
            var name = names[i];
            var statement = statements[i];
            if (name != null && statement != null) {
                told = told.replace(
                        "\"" + statement + "\"", "\"" + new String(name, StandardCharsets.ISO_8859_1) + "\"");
            }
        }
        return told;
    }

    /// All names and what they name.
    public void forEach(BiConsumer<byte[], Statement> visitor) {
        for (int i = 0; i < names.length; i++) {
            var name = names[i];
            var statement = statements[i];
            if (name != null && statement != null) {
                visitor.accept(name, statement);
            }
        }
    }

    /// Does what a simple query with this DEALLOCATE does: the unnamed statement goes too.
    ///
    /// @return false when the client has no such name; then PostgreSQL may, and nothing changed here
    public boolean forget(Deallocation deallocation) {
        byte[] name = deallocation.name();
        if (name == null) {
            clear();
            return true;
        }
        if (put(name, null) == null) {
            return false;
        }
        var _ = put(UNNAMED, null);
        return true;
    }

    /// PostgreSQL forgot all names; the unnamed statement has none (DEALLOCATE ALL leaves it).
    public void forgetNamed() {
        var unnamed = find(UNNAMED);
        clear();
        if (unnamed != null) {
            var _ = put(UNNAMED, unnamed);
        }
    }

    public void clear() {
        if (size + forgotten > 0) {
            forEach(this::uncount);
            size = 0;
            forgotten = 0;
            forgottenNames.clear();
            isMoreForgotten = false;
            empty();
        }
    }

    private void empty() {
        names = NO_NAMES;
        statements = NO_STATEMENTS;
        changedAt = NO_PLACES;
    }

    public int size() {
        return size;
    }

    private void count(byte[] name, Statement statement) {
        tally.named(name.length == 0, statement.tail().length);
        statement.memory().hold();
        takes(name, statement, 1);
    }

    private void uncount(byte[] name, Statement statement) {
        tally.forgotten(name.length == 0, statement.tail().length);
        takes(name, statement, -1);
        statement.memory().letGo();
    }

    /// The unnamed one is there once at most.
    private void takes(byte[] name, Statement statement, int sign) {
        int own = name.length == 0 ? 0 : sizeOf(name.length);
        bytes += (long) sign * (own + statement.memory().bytes());
        if (own > 0) {
            tally.memory().change((long) sign * own);
        }
    }

    private static int sizeOf(int name) {
        return name + NAME_OVERHEAD;
    }

    /// Whether there is no room for one more of this client's statements: none at all, or it has so many already that
    /// it would take what others need.
    ///
    /// @param name length of a name that the client does not have; 0 for the unnamed one
    /// @param tail length of a text that nobody has; -1 if it is known
    public boolean isTooMuch(int name, int tail) {
        long more = (name == 0 ? 0L : sizeOf(name)) + (tail < 0 ? 0 : Statement.size(tail));
        var memory = tally.memory();
        return more > 0 && (memory.isOver(more) || (memory.isTight(more) && bytes > memory.limit() / HOGS));
    }

    private void rebuild(int capacity) {
        var oldNames = names;
        var oldStatements = statements;
        var oldChangedAt = changedAt;
        names = new byte[capacity][];
        statements = new Statement[names.length];
        changedAt = new long[names.length];
        for (int i = 0; i < oldNames.length; i++) {
            var name = oldNames[i];
            if (name != null && oldStatements[i] == null && oldChangedAt[i] < answeredBefore) {
                forgotten -= forgotten > 0 ? 1 : 0;
            } else if (name != null && (oldStatements[i] != null || forgotten > 0)) {
                int at = slot(name);
                names[at] = name;
                statements[at] = oldStatements[i];
                changedAt[at] = oldChangedAt[i];
            }
        }
    }

    /// Removes by moving the following entries of the same run up, so that no search ends too early.
    private void remove(int hole) {
        int mask = names.length - 1;
        int at = hole;
        while (true) {
            names[hole] = null;
            statements[hole] = null;
            byte @Nullable [] name;
            do {
                at = (at + 1) & mask;
                name = names[at];
                if (name == null) {
                    return;
                }
            } while (!mayMove(hash(name) & mask, hole, at));
            names[hole] = name;
            statements[hole] = statements[at];
            changedAt[hole] = changedAt[at];
            hole = at;
        }
    }

    /// Whether an entry at `at` whose search starts at `home` is still found when it moves to `hole`.
    private static boolean mayMove(int home, int hole, int at) {
        return hole <= at ? home <= hole || home > at : home <= hole && home > at;
    }

    private int slot(byte[] name) {
        int mask = names.length - 1;
        int at = hash(name) & mask;
        byte @Nullable [] there;
        while ((there = names[at]) != null && !Arrays.equals(there, name)) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private int slot(ByteBuf buf, int from, int length) {
        int mask = names.length - 1;
        int hash = SEED;
        for (int i = from; i < from + length; i++) {
            hash = (hash ^ buf.getByte(i)) * FNV_PRIME;
        }
        int at = spread(hash) & mask;
        byte @Nullable [] there;
        while ((there = names[at]) != null && !equal(there, buf, from, length)) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private static boolean equal(byte[] name, ByteBuf buf, int from, int length) {
        if (name.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name[i] != buf.getByte(from + i)) {
                return false;
            }
        }
        return true;
    }

    private static int hash(byte[] name) {
        int hash = SEED;
        for (byte one : name) {
            hash = (hash ^ one) * FNV_PRIME;
        }
        return spread(hash);
    }

    private static int spread(int hash) {
        return hash ^ (hash >>> 15);
    }
}
