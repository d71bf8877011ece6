package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.stats.PoolStats;
import java.util.function.LongSupplier;

/// Counts what one client does; plain fields of its event loop, told to the pool's statistics once a transaction.
public final class Traffic {
    private final PoolStats stats;
    private final LongSupplier clock;
    private final long client;
    private long received;
    private long sent;
    private long leases;
    private long binds;
    private long transactions;
    private long queries;
    private long errors;
    private long transactionBegan;
    private long queryBegan;
    private boolean betweenTransactions;

    /// @param client its number, for the log of what is slow
    public Traffic(PoolStats stats, LongSupplier clock, long client) {
        this.stats = stats;
        this.clock = clock;
        this.client = client;
    }

    void received(int bytes) {
        received += bytes;
    }

    void sent(int bytes) {
        sent += bytes;
    }

    void leaseBegan() {
        leases++;
        transactionBegan = clock.getAsLong();
        queryBegan = transactionBegan;
        betweenTransactions = false;
    }

    /// The first after all others were answered.
    void queryBegan() {
        queryBegan = clock.getAsLong();
        if (betweenTransactions) {
            betweenTransactions = false;
            transactionBegan = queryBegan;
        }
    }

    void queryEnded() {
        queries++;
        long now = clock.getAsLong();
        stats.queryEnded(now - queryBegan);
        stats.slow().queried(stats, client, now - queryBegan);
        queryBegan = now;
    }

    void transactionEnded() {
        transactions++;
        stats.transactionEnded(queryBegan - transactionBegan);
        transactionBegan = queryBegan;
        betweenTransactions = true;
        report();
    }

    /// When the query that runs began; when none runs, when the last one ended.
    public long queryNanos() {
        return queryBegan;
    }

    /// When the transaction that is open began.
    public long transactionNanos() {
        return transactionBegan;
    }

    /// Tells what was counted so far.
    public void report() {
        stats.clientBytes(received, sent);
        stats.used(leases, binds);
        received = 0;
        sent = 0;
        leases = 0;
        binds = 0;
    }

    public void error(String sqlState) {
        errors++;
        stats.error(sqlState);
    }

    public void waited(long nanos) {
        stats.waited(nanos);
        stats.slow().waited(stats, client, nanos);
    }

    void bound() {
        binds++;
    }

    void parseHit() {
        stats.parseHit();
    }

    void parseMiss() {
        stats.parseMiss();
    }

    public long transactions() {
        return transactions;
    }

    public long queries() {
        return queries;
    }

    public long errors() {
        return errors;
    }
}
