package io.pgdoorman.pooler.server;

/// What one server did; written on its event loop, read by anyone for `SHOW SERVERS` (a torn read costs nothing there).
public final class ServerCounters {
    private long sent;
    private long received;
    private long transactions;
    private long queries;
    private long parseHits;
    private long parseMisses;

    void sent(int bytes) {
        sent += bytes;
    }

    void received(int bytes) {
        received += bytes;
    }

    public void transactionEnded() {
        transactions++;
    }

    public void queryEnded() {
        queries++;
    }

    public void parseHit() {
        parseHits++;
    }

    public void parseMiss() {
        parseMisses++;
    }

    public long sent() {
        return sent;
    }

    public long received() {
        return received;
    }

    public long transactions() {
        return transactions;
    }

    public long queries() {
        return queries;
    }

    public long parseHits() {
        return parseHits;
    }

    public long parseMisses() {
        return parseMisses;
    }
}
