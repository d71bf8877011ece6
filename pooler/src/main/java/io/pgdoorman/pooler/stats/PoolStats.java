package io.pgdoorman.pooler.stats;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// What happened in the pool of one (database, user) since the pooler knows it.
///
/// The writing methods are called on event loops: they take no lock and allocate nothing, and all threads may call
/// them. Readers take totals, or the figures of the last 15 seconds, which [#tick] keeps.
public final class PoolStats {

    private static final int RECEIVED = 0;
    private static final int SENT = 1;
    private static final int PARSE_HITS = 2;
    private static final int PARSE_MISSES = 3;
    private static final int LOGIN_FAILURES = 4;
    private static final int LEASES = 5;
    private static final int BINDS = 6;
    private static final int CHECKS_ANSWERED = 7;
    private static final int CHECKS_FORWARDED = 8;
    private static final int ERRORS = 9;
    private static final int TRANSACTIONS = ERRORS + ErrorClass.values().length;
    private static final int QUERIES = TRANSACTIONS + Latencies.cells();
    private static final int WAITS = QUERIES + Latencies.cells();
    private static final int CONNECTS = WAITS + Latencies.cells();
    private static final int CELLS = CONNECTS + Latencies.cells();

    private final String database;
    private final String user;
    private final Cells cells = new Cells(CELLS);
    private final Pins pins = new Pins();
    private final LongAdder resets = new LongAdder();
    private final LongAdder givenUp = new LongAdder();
    private final LongAdder formerLogins = new LongAdder();
    private final AtomicInteger cancels = new AtomicInteger();
    private final AtomicInteger encrypted = new AtomicInteger();
    private final Window window = new Window(cells);
    private volatile @Nullable ServerTrouble trouble;
    private final SlowLog slow;

    /// Of a pool of which nothing is ever slow.
    public PoolStats(String database, String user) {
        this(database, user, new SlowLog(() -> 0));
    }

    /// @param slow tells the log of what takes long
    public PoolStats(String database, String user, SlowLog slow) {
        this.database = database;
        this.user = user;
        this.slow = slow;
    }

    public SlowLog slow() {
        return slow;
    }

    public String database() {
        return database;
    }

    public String user() {
        return user;
    }

    public void transactionEnded(long nanos) {
        cells.addDuration(TRANSACTIONS, nanos);
    }

    public void queryEnded(long nanos) {
        cells.addDuration(QUERIES, nanos);
    }

    /// A client got its server, or gave up, after it had waited this long.
    public void waited(long nanos) {
        cells.addDuration(WAITS, nanos);
    }

    /// Bytes received from a client and bytes sent to it.
    public void clientBytes(long received, long sent) {
        cells.addPair(RECEIVED, received, sent);
    }

    /// A client got servers so often, and sent so many Bind messages.
    public void used(long leases, long binds) {
        cells.addPair(LEASES, leases, binds);
    }

    /// An ErrorResponse was passed on or made for a client of this pool.
    public void error(String sqlState) {
        cells.add(ERRORS + ErrorClass.of(sqlState).index(), 1);
    }

    /// A server connection is ready, this long after its connect began.
    public void serverConnected(long connectNanos) {
        cells.addDuration(CONNECTS, connectNanos);
        if (trouble != null) {
            trouble = null;
        }
    }

    public void serverLoginFailed() {
        cells.add(LOGIN_FAILURES, 1);
    }

    /// What the failure says of the server.
    public void serverTrouble(ServerTrouble seen) {
        trouble = seen;
    }

    /// Why the last connect failed, null if it did not.
    public @Nullable ServerTrouble trouble() {
        return trouble;
    }

    /// A Parse was answered without PostgreSQL.
    public void parseHit() {
        cells.add(PARSE_HITS, 1);
    }

    /// A Parse was sent to PostgreSQL.
    public void parseMiss() {
        cells.add(PARSE_MISSES, 1);
    }

    /// A server's session was cleaned before its next client.
    public void reset() {
        resets.increment();
    }

    public long resets() {
        return resets.sum();
    }

    /// A server was left to PostgreSQL, which may still work for a client that is gone.
    public void serverGivenUp() {
        givenUp.increment();
    }

    public long serversGivenUp() {
        return givenUp.sum();
    }

    /// PostgreSQL refused the password, and let a server in by the one before.
    public void formerLogin() {
        formerLogins.increment();
    }

    public long formerLogins() {
        return formerLogins.sum();
    }

    /// A check query was answered without PostgreSQL.
    public void checkAnswered() {
        cells.add(CHECKS_ANSWERED, 1);
    }

    /// A check query went to PostgreSQL, whose answer may be kept.
    public void checkForwarded() {
        cells.add(CHECKS_FORWARDED, 1);
    }

    public long checksAnswered() {
        return cells.sum(CHECKS_ANSWERED);
    }

    public long checksForwarded() {
        return cells.sum(CHECKS_FORWARDED);
    }

    /// A cancel request is on its way to PostgreSQL.
    public void cancelBegan() {
        cancels.incrementAndGet();
    }

    /// PostgreSQL has it, or could not be told.
    public void cancelEnded() {
        cancels.decrementAndGet();
    }

    /// Cancel requests on their way.
    public int cancels() {
        return cancels.get();
    }

    /// @param more servers with TLS, negative when there are fewer
    public void encryptedServers(int more) {
        encrypted.addAndGet(more);
    }

    /// Servers with TLS.
    public int encryptedServers() {
        return encrypted.get();
    }

    public Pins pins() {
        return pins;
    }

    /// Moves the window of [#recent] on; to be called about once a second with the injected clock's nanoseconds.
    public void tick(long nowNanos) {
        window.tick(nowNanos);
    }

    /// All since the beginning.
    public PoolTotals totals() {
        var sums = new long[CELLS];
        cells.sumInto(sums);
        return totals(sums);
    }

    /// The last 15 seconds (10 to 15, moved on in steps of 5), up to the last [#tick].
    public PoolRecent recent() {
        var delta = new long[CELLS];
        var seconds = window.difference(delta);
        return new PoolRecent(seconds, totals(delta));
    }

    private static PoolTotals totals(long[] sums) {
        var errors = Arrays.copyOfRange(sums, ERRORS, TRANSACTIONS);
        return new PoolTotals(
                new PoolTotals.Traffic(sums[RECEIVED], sums[SENT]),
                new PoolTotals.Prepares(sums[PARSE_HITS], sums[PARSE_MISSES], sums[BINDS]),
                new ErrorCounts(errors),
                new PoolTotals.Durations(
                        new Latencies(sums, TRANSACTIONS),
                        new Latencies(sums, QUERIES),
                        new Latencies(sums, WAITS),
                        new Latencies(sums, CONNECTS)),
                sums[LOGIN_FAILURES],
                sums[LEASES]);
    }
}
