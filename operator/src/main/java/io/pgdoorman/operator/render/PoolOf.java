package io.pgdoorman.operator.render;

import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.UserSpec;
import java.util.ArrayList;
import java.util.List;

/// A pool of the pooler's file: a database, or its servers that are only read.
record PoolOf(DatabaseSpec database, boolean isReadOnly) {

    /// All pools of a spec, in the order of its databases.
    static List<PoolOf> all(DoormanPoolSpec spec) {
        var all = new ArrayList<PoolOf>();
        for (var database : spec.databases()) {
            all.add(new PoolOf(database, false));
            if (!database.replicas().isEmpty()) {
                all.add(new PoolOf(database, true));
            }
        }
        return List.copyOf(all);
    }

    String name() {
        return isReadOnly ? database.name() + DatabaseSpec.READ_ONLY : database.name();
    }

    List<String> serverRefs() {
        return isReadOnly ? database.replicas() : database.serverRefs();
    }

    List<UserSpec> users(DoormanPoolSpec spec) {
        return spec.auth().users().stream().filter(database::admits).toList();
    }

    /// Claims are for the database itself.
    List<Tenant> tenants(Fleet fleet) {
        return isReadOnly
                ? List.of()
                : fleet.tenants().stream()
                        .filter(tenant -> tenant.database().equals(database.name()))
                        .toList();
    }
}
