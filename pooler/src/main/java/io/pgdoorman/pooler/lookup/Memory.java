package io.pgdoorman.pooler.lookup;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What was found of which user, for a while, and who is being asked for. Those found and those not are kept apart, so
/// that whoever tries many names drives no real one out. Guarded by its monitor.
final class Memory {
    /// Users who are asked for at once; each has a client that waits.
    static final int MOST_FLIGHTS = 1024;

    private LookupSettings.Keeping keeping;
    private final Map<String, Remembered> found = oldestFirst();
    private final Map<String, Remembered> missed = oldestFirst();
    private final Map<String, Flight> flights = new HashMap<>();

    private record Remembered(Finding finding, long askedNanos) {}

    /// A question that is under way; whoever asks the same meanwhile gets the same answer.
    record Flight(CompletableFuture<Finding> answer, long begunNanos) {}

    /// What to do for somebody who asks.
    sealed interface Turn {
        /// It is known.
        record Here(Finding finding) implements Turn {}

        /// Somebody asks already.
        record Shared(Flight flight) implements Turn {}

        /// The caller has to ask.
        record Begun(Flight flight) implements Turn {}

        /// Too many ask already.
        record Crowded() implements Turn {}
    }

    Memory(LookupSettings.Keeping keeping) {
        this.keeping = keeping;
    }

    private Map<String, Remembered> oldestFirst() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
                return size() > keeping.most();
            }
        };
    }

    synchronized void keep(LookupSettings.Keeping now) {
        keeping = now;
        shrink(found);
        shrink(missed);
    }

    private void shrink(Map<String, Remembered> entries) {
        var eldest = entries.keySet().iterator();
        for (int more = entries.size() - keeping.most(); more > 0; more--) {
            eldest.next();
            eldest.remove();
        }
    }

    /// All is different now; answers that are on their way are not kept.
    synchronized void clear() {
        found.clear();
        missed.clear();
        flights.clear();
    }

    /// Takes what is known, as long as it counts.
    synchronized Turn find(String user, long now) {
        var known = entry(user, now);
        return known == null ? fly(user, now) : new Turn.Here(known.finding());
    }

    /// Wants to know better, unless that was asked just now.
    synchronized Turn findAnew(String user, long now) {
        var known = found.containsKey(user) ? found.get(user) : missed.get(user);
        return known != null && now - known.askedNanos() < keeping.minInterval().toNanos()
                ? new Turn.Here(known.finding())
                : fly(user, now);
    }

    private Turn fly(String user, long now) {
        var flight = flights.get(user);
        if (flight != null) {
            return new Turn.Shared(flight);
        }
        if (flights.size() >= MOST_FLIGHTS) {
            return new Turn.Crowded();
        }
        var begun = new Flight(new CompletableFuture<>(), now);
        flights.put(user, begun);
        return new Turn.Begun(begun);
    }

    private @Nullable Remembered entry(String user, long now) {
        var known = found.get(user);
        if (known != null) {
            return now - known.askedNanos() < keeping.found().toNanos() ? known : null;
        }
        var unknown = missed.get(user);
        return unknown != null && now - unknown.askedNanos() < keeping.missed().toNanos() ? unknown : null;
    }

    synchronized void landed(String user, Flight flight, Finding finding) {
        if (!flight.equals(flights.get(user))) {
            return;
        }
        flights.remove(user);
        var entry = new Remembered(finding, flight.begunNanos());
        switch (finding) {
            case Finding.Known _ -> {
                missed.remove(user);
                found.put(user, entry);
            }
            case Finding.Unknown _ -> {
                found.remove(user);
                missed.put(user, entry);
            }
            case Finding.Unavailable _ -> {} // what is known counts as long as it would
        }
    }

    /// It turned out not to hold any more.
    synchronized void forget(String user, long now) {
        var known = found.get(user);
        if (known != null && now - known.askedNanos() >= keeping.minInterval().toNanos()) {
            found.remove(user);
        }
    }

    synchronized int size() {
        return found.size() + missed.size();
    }
}
