package io.pgdoorman.operator.render;

import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A pod's share of the budget, split over its databases: one for each, the rest by what their users may have.
final class Shares {

    private final DoormanPoolSpec spec;
    private final Fleet fleet;

    Shares(DoormanPoolSpec spec, Fleet fleet) {
        this.spec = spec;
        this.fleet = fleet;
    }

    /// Why a share is too small, empty if it is not.
    Optional<Problem> problem() {
        if (fleet.share() == null) {
            return Optional.empty();
        }
        int share = fleet.share();
        var databases = spec.databases().size();
        if (share < databases) {
            return problem("leaves " + share + " connections to each pod, expected one for each of " + databases
                    + " databases");
        }
        var shares = split(share);
        return spec.databases().stream()
                .filter(database -> kept(database) > shares.getOrDefault(database.name(), 0))
                .findFirst()
                .flatMap(database ->
                        problem("leaves " + shares.get(database.name()) + " connections of a pod to database "
                                + database.name() + ", whose users keep " + kept(database) + " open (minPoolSize)"));
    }

    private Optional<Problem> problem(String message) {
        return Optional.of(
                new Problem("spec.budget.maxServerConnections", spec.budget().maxServerConnections() + " " + message));
    }

    private int kept(DatabaseSpec database) {
        return database.minPoolSize() * spec.auth().users().size();
    }

    /// Database to its part of a share; the parts never add up to more.
    Map<String, Integer> split(int share) {
        var databases = spec.databases();
        var all = databases.stream().mapToLong(this::weight).sum();
        long rest = share - (long) databases.size();
        var parts = new LinkedHashMap<String, Integer>();
        for (var database : databases) {
            parts.put(database.name(), 1 + Math.toIntExact(rest * weight(database) / all));
        }
        return parts;
    }

    private long weight(DatabaseSpec database) {
        var own = spec.auth().users().stream()
                .mapToLong(user -> user.poolSize() == null ? database.poolSize() : user.poolSize())
                .sum();
        var claimed = fleet.tenants().stream()
                .filter(tenant -> tenant.database().equals(database.name()))
                .mapToLong(Tenant::poolSize)
                .sum();
        var query = spec.auth().authQuery();
        return own + claimed + (query == null ? 0 : query.poolSize());
    }
}
