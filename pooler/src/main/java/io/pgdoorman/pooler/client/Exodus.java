package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// Clients that are asked to leave one after the other, those at rest first, so that where they go meets no storm
/// of logins. Belongs to one thread.
public final class Exodus {
    /// So many logins are no storm for anybody: a handful of clients does not wait for its turn.
    private static final double HARMLESS_PER_SECOND = 10;

    private final List<LoggedIn> clients;
    private final PgError why;
    private final Duration spread;
    private int asked;

    Exodus(Collection<LoggedIn> clients, PgError why, Duration spread) {
        this.clients = idleFirst(clients, LoggedIn::activity);
        this.why = why;
        this.spread = spread;
    }

    /// Each is looked at once: what clients do changes meanwhile, and a sort by something that changes fails.
    ///
    /// @param activity as [LoggedIn#activity] has it
    static <T> List<T> idleFirst(Collection<T> clients, ToIntFunction<T> activity) {
        return clients.stream()
                .collect(Collectors.groupingBy(activity::applyAsInt, TreeMap::new, Collectors.toList()))
                .values()
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    /// Asks those whose turn has come.
    ///
    /// @return whether some are not asked yet
    public boolean goOn(long elapsedNanos) {
        int due = due(clients.size(), spread, elapsedNanos);
        while (asked < due) {
            clients.get(asked++).drain(why);
        }
        return asked < clients.size();
    }

    /// How many clients are to be asked by now: the first at once, the last before the spread is over.
    static int due(int clients, Duration spread, long elapsedNanos) {
        double perNano = Math.max(HARMLESS_PER_SECOND / 1e9, clients / Math.max(1.0, (double) spread.toNanos()));
        return (int) Math.min(clients, 1 + (long) (elapsedNanos * perNano));
    }
}
