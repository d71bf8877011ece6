package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.Shares;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What pods hold at most by the configurations that they run, be it older ones.
final class Known {

    /// Beside those that pods say they run; a pod that starts may run one that was written lately.
    private static final int LATELY = 16;

    private static final int NAME_LENGTH = 16;

    private Known() {}

    /// The same with what is known of it noted beside it; nothing without a budget.
    static @Nullable StoredConfig noted(@Nullable StoredConfig stored, Want want, Observation seen) {
        if (stored == null || Budget.share(want) == null) {
            return stored;
        }
        var shares = new LinkedHashMap<>(stored.shares());
        note(shares, stored.lastGood());
        note(shares, stored.current());
        var used = used(stored, seen);
        var eldest = shares.keySet().iterator();
        for (var many = shares.size() - LATELY; many > 0 && eldest.hasNext(); ) {
            if (!used.contains(eldest.next())) {
                eldest.remove();
                many--;
            }
        }
        return stored.sharing(shares);
    }

    private static void note(Map<String, Integer> shares, @Nullable ConfigVersion version) {
        if (version != null) {
            shares.computeIfAbsent(name(version.hash()), _ -> Shares.most(version.text()));
        }
    }

    private static Set<String> used(StoredConfig stored, Observation seen) {
        var used = seen.pods().stream()
                .map(PodView::answer)
                .map(answer -> answer instanceof State state ? state.loadedHash() : null)
                .filter(Objects::nonNull)
                .map(hash -> name(Objects.requireNonNull(hash)))
                .collect(Collectors.toCollection(HashSet::new));
        used.add(name(stored.current().hash()));
        if (stored.lastGood() != null) {
            used.add(name(stored.lastGood().hash()));
        }
        return used;
    }

    /// Most connections of a pod that runs the configuration with this hash; without end where nobody knows.
    static int share(StoredConfig stored, @Nullable String hash) {
        return hash == null ? Integer.MAX_VALUE : stored.shares().getOrDefault(name(hash), Integer.MAX_VALUE);
    }

    /// Most connections of a pod that runs any of those that are known.
    static int most(StoredConfig stored) {
        return stored.shares().values().stream()
                .mapToInt(Integer::intValue)
                .max()
                .orElse(Integer.MAX_VALUE);
    }

    /// Most connections that a pod holds, or may hold by what it runs and what it was allowed; without end where nobody
    /// knows.
    static int bound(StoredConfig stored, PodView pod) {
        var allowed = pod.allowed() == null ? 0 : pod.allowed();
        if (!(pod.answer() instanceof State state)) {
            return Math.max(most(stored), allowed);
        }
        var servers = state.servers();
        var may = servers == null
                ? share(stored, state.loadedHash())
                : Math.max(servers.held(), Math.max(servers.most(), allowed));
        return Math.max(state.serverConnections(), may);
    }

    private static String name(String hash) {
        return hash.substring(0, Math.min(NAME_LENGTH, hash.length()));
    }
}
