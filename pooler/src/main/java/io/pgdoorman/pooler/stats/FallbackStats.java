package io.pgdoorman.pooler.stats;

import java.util.EnumMap;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// What one database's pools did while their own server was away. Safe for all threads.
public final class FallbackStats {
    private final String database;
    private final LongAdder requests = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LatencyHistogram durations = new LatencyHistogram();
    private final LongAdder connections = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final PerKind<Reason, LongAdder> failures = new PerKind<>(Reason.class, LongAdder::new);
    private volatile boolean active;
    private volatile @Nullable Place place;

    /// Why a member gave no connection.
    public enum Reason {
        CONNECT_ERROR,
        STARTUP_ERROR,
        SERVER_UNAVAILABLE,
        TIMEOUT,
        OTHER;

        /// As PgDoorman's metric has it.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The member in use.
    public record Place(String host, int port) {}

    public FallbackStats(String database) {
        this.database = database;
    }

    public String database() {
        return database;
    }

    /// A request goes to Patroni.
    public void requested() {
        requests.increment();
    }

    /// It ended after this time, before another one was answered.
    public void requestEnded(long nanos, boolean answered) {
        durations.add(nanos);
        if (!answered) {
            errors.increment();
        }
    }

    /// A server of a member is ready.
    public void connected() {
        connections.increment();
    }

    /// The member of before was taken without asking.
    public void hit() {
        hits.increment();
    }

    public void failed(Reason reason) {
        failures.of(reason).increment();
    }

    /// @param where null while there is no member that will do
    public void away(@Nullable Place where) {
        place = where;
        active = true;
    }

    public void home() {
        active = false;
        place = null;
    }

    public FallbackSnapshot snapshot() {
        var byReason = new EnumMap<Reason, Long>(Reason.class);
        for (var reason : Reason.values()) {
            byReason.put(reason, failures.of(reason).sum());
        }
        return new FallbackSnapshot(
                database,
                new FallbackSnapshot.Requests(requests.sum(), errors.sum(), durations.latencies()),
                active,
                place,
                connections.sum(),
                hits.sum(),
                byReason);
    }
}
