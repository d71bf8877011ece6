package io.pgdoorman.e2e.soak;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/// What was done, what was lost with a killed server or client, and what was wrong. Any thread adds to it.
final class Tally {

    private final Map<String, LongAdder> done = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> lost = new ConcurrentSkipListMap<>();
    private final Collection<String> wrong = new ConcurrentLinkedQueue<>();

    void done(String what) {
        done.computeIfAbsent(what, _ -> new LongAdder()).increment();
    }

    void lost(String why) {
        lost.computeIfAbsent(why, _ -> new LongAdder()).increment();
    }

    void wrong(String what) {
        wrong.add(what);
    }

    Collection<String> wrong() {
        return wrong;
    }

    Map<String, LongAdder> done() {
        return done;
    }

    Map<String, LongAdder> lost() {
        return lost;
    }

    long total() {
        return done.values().stream().mapToLong(LongAdder::sum).sum();
    }
}
