package io.pgdoorman.pooler.server;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What this process knows of PostgreSQL's addresses: which failed lately, and which was what when it was last asked.
/// All pools share it, so that one of them finds the new primary for all. Any thread.
///
/// An address that failed is left alone for a while that grows, as long as another can be tried; it is never given up.
final class HostBook {
    /// A refusal costs next to nothing, so it is tried again soon: it may be a restart.
    private static final long REFUSED_MIN_NANOS = 100_000_000L;

    private static final long REFUSED_MAX_NANOS = 1_000_000_000L;

    /// One that does not answer costs a part of connect_timeout each time.
    private static final long SILENT_MIN_NANOS = 1_000_000_000L;

    private static final long SILENT_MAX_NANOS = 5_000_000_000L;

    private final ConcurrentHashMap<SocketAddress, Known> known = new ConcurrentHashMap<>();

    /// @param failures in a row
    private record Known(
            int failures, long notBeforeNanos, @Nullable ServerRole role) {}

    /// How an address failed.
    enum Failure {
        REFUSED,
        SILENT
    }

    /// The endpoints to try now, best first: those known to be what is wanted, then unknown ones, then the
    /// others; those that failed lately only when there is no other.
    List<Endpoint> order(List<Endpoint> endpoints, ServerSettings.Hosts hosts, long now, RandomGenerator random) {
        // A sort fails over keys that change meanwhile, and others write into the book.
        var known = Map.copyOf(this.known);
        var ordered = new ArrayList<>(endpoints);
        if (hosts.random()) {
            Collections.shuffle(ordered, java.util.Random.from(random));
        }
        if (hosts.wanted() != WantedRole.ANY) {
            ordered.sort(Comparator.comparingInt(endpoint -> rank(known.get(endpoint.socket()), hosts.wanted())));
        }
        var rested = ordered.stream()
                .filter(each -> !isResting(known.get(each.socket()), now))
                .toList();
        if (!rested.isEmpty()) {
            return rested;
        }
        ordered.sort(Comparator.comparingLong(each -> notBefore(known.get(each.socket()), now) - now));
        return ordered;
    }

    private static int rank(@Nullable Known entry, WantedRole wanted) {
        if (entry == null || entry.role() == null) {
            return 1;
        }
        return wanted.fits(entry.role()) ? 0 : 2;
    }

    private static boolean isResting(@Nullable Known entry, long now) {
        return entry != null && entry.failures() > 0 && entry.notBeforeNanos() - now > 0;
    }

    private static long notBefore(@Nullable Known entry, long now) {
        return entry == null ? now : entry.notBeforeNanos();
    }

    void failed(Endpoint endpoint, Failure how, long now) {
        known.compute(endpoint.socket(), (same, before) -> {
            int failures = before == null ? 1 : Math.min(before.failures() + 1, 30);
            long least = how == Failure.SILENT ? SILENT_MIN_NANOS : REFUSED_MIN_NANOS;
            long most = how == Failure.SILENT ? SILENT_MAX_NANOS : REFUSED_MAX_NANOS;
            long rest = Math.min(most, least << Math.min(failures - 1, 6));
            return new Known(failures, now + rest, before == null ? null : before.role());
        });
    }

    void answered(Endpoint endpoint, @Nullable ServerRole role, long now) {
        known.put(endpoint.socket(), new Known(0, now, role));
    }
}
