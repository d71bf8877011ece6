package io.pgdoorman.operator.render;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// A pod's share of the budget, split over its databases: one for each, the rest by what their users may have.
public final class Shares {

    private static final YAMLMapper YAML = new YAMLMapper();

    /// Of each auth_query, as many as the pooler has by itself.
    private static final int WORKERS = 2;

    private static final String BUDGET = "spec.budget.maxServerConnections";

    private final DoormanPoolSpec spec;
    private final Fleet fleet;
    private final List<PoolOf> pools;

    Shares(DoormanPoolSpec spec, Fleet fleet) {
        this.spec = spec;
        this.pools = PoolOf.all(spec);
        this.fleet = fleet;
    }

    /// Most connections to servers of a pod that runs a configuration.
    public static int most(String text) {
        return sum(text, true);
    }

    /// The same without those by which users are looked up: what clients can have.
    public static int forClients(String text) {
        return sum(text, false);
    }

    private static int sum(String text, boolean isWithLookups) {
        try {
            var most = 0L;
            for (var pool : YAML.readTree(text).path("pools")) {
                most += pool.path("max_db_connections").asInt(Integer.MAX_VALUE);
                most += isWithLookups && pool.has("auth_query") ? WORKERS : 0;
            }
            return (int) Math.min(most, Integer.MAX_VALUE);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration that was written can be read", e);
        }
    }

    /// Most servers of each database of a pod that runs a configuration.
    public static Map<String, Integer> caps(String text) {
        try {
            var caps = new LinkedHashMap<String, Integer>();
            YAML.readTree(text)
                    .path("pools")
                    .properties()
                    .forEach(pool -> caps.put(
                            pool.getKey(),
                            pool.getValue().path("max_db_connections").asInt()));
            return caps;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration that was written can be read", e);
        }
    }

    /// What no pod is left with less than, so that whoever comes to it is served at once: half of a share.
    public static int floor(int share) {
        return Math.ceilDiv(share, 2);
    }

    /// The same, and what its databases keep open.
    public static int floor(DoormanPoolSpec spec, Fleet fleet) {
        int share = Objects.requireNonNull(fleet.share());
        for (var floor = floor(share); floor < share; floor++) {
            if (new Shares(spec, new Fleet(fleet.tenants(), floor)).problem().isEmpty()) {
                return floor;
            }
        }
        return share;
    }

    /// Why a share is too small, empty if it is not.
    Optional<Problem> problem() {
        if (fleet.share() == null) {
            return Optional.empty();
        }
        int share = fleet.share();
        var databases = pools.size();
        if (share - lookups() < databases) {
            return problem("leaves " + share + " connections to each pod, expected one for each of " + databases
                    + " databases" + (lookups() == 0 ? "" : ", and " + lookups() + " to look users up"));
        }
        var shares = split(share);
        return pools.stream()
                .filter(pool -> kept(pool) > shares.getOrDefault(pool.name(), 0))
                .findFirst()
                .flatMap(pool -> problem("leaves " + shares.get(pool.name()) + " connections of a pod to database "
                        + pool.name() + ", whose users keep " + kept(pool) + " open (minPoolSize)"));
    }

    private Optional<Problem> problem(String message) {
        return Optional.of(new Problem(BUDGET, spec.budget().maxServerConnections() + " " + message));
    }

    /// Whether a problem is one that a larger budget, or fewer pods, would mend.
    public static boolean isTooSmall(Problem problem) {
        return problem.path().equals(BUDGET);
    }

    private int kept(PoolOf pool) {
        return pool.database().minPoolSize() * pool.users(spec).size();
    }

    /// Database to its part of a share; the parts never add up to more.
    Map<String, Integer> split(int share) {
        var all = Math.max(1, pools.stream().mapToLong(this::weight).sum());
        long rest = share - lookups() - (long) pools.size();
        var parts = new LinkedHashMap<String, Integer>();
        for (var pool : pools) {
            parts.put(pool.name(), 1 + Math.toIntExact(rest * weight(pool) / all));
        }
        return parts;
    }

    /// Those who look users up are in no pool, and so below no cap of a database.
    private int lookups() {
        return spec.auth().authQuery() == null
                ? 0
                : WORKERS
                        * Math.toIntExact(pools.stream()
                                .filter(pool -> pool.database().looksUp())
                                .count());
    }

    private long weight(PoolOf pool) {
        var usual = pool.database().poolSize();
        var own = pool.users(spec).stream()
                .mapToLong(user -> user.poolSize() == null ? usual : user.poolSize())
                .sum();
        var claimed = pool.tenants(fleet).stream().mapToLong(Tenant::poolSize).sum();
        var query = pool.database().looksUp() ? spec.auth().authQuery() : null;
        return own + claimed + (query == null ? 0 : query.poolSize());
    }
}
