package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.Secret;
import io.pgdoorman.operator.access.Decision.Granted;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.AccessChild;
import io.pgdoorman.operator.child.Drift;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.observe.Observation;
import org.jspecify.annotations.Nullable;

/// The Secret beside a claim: what is there and what should be.
public final class Outputs {

    private Outputs() {}

    /// What bears the name, whoever made it.
    public static @Nullable Secret of(Observation seen, DoormanDatabaseAccess claim) {
        return seen.access().outputs(claim).stream()
                .filter(secret -> secret.getMetadata().getName().equals(claim.secretName()))
                .findFirst()
                .orElse(null);
    }

    /// Whether somebody else's object has the name.
    public static boolean isBlocked(Observation seen, DoormanDatabaseAccess claim) {
        var there = of(seen, claim);
        return there != null && !Names.isOwned(there, claim);
    }

    /// What should be there.
    public static Secret wanted(DoormanPool pool, Observation seen, Granted granted) {
        var vouching = pool.getSpec().access().caSecretRef();
        var authorities = vouching == null ? null : seen.references().values().get(vouching.authorities());
        return AccessChild.output(pool, granted, seen.access().password(granted).present(), authorities);
    }

    /// Whether what is there opens the database, if only by the password before.
    public static boolean isOpening(DoormanPool pool, Observation seen, Plan plan, Granted granted) {
        var there = of(seen, granted.claim());
        var previous = seen.access().password(granted).previous();
        var isOlder = there != null
                && previous != null
                && Names.isOwned(there, granted.claim())
                && previous.value().equals(AccessChild.password(there));
        return isOlder || isThere(pool, seen, plan, granted);
    }

    /// Whether it is there, or will be when the steps are done.
    public static boolean isThere(DoormanPool pool, Observation seen, Plan plan, Granted granted) {
        var claim = granted.claim();
        var isWritten = plan.steps().stream()
                .anyMatch(step -> step instanceof Step.Apply(Secret secret) && Names.isOwned(secret, claim));
        return isWritten
                || (!isBlocked(seen, claim)
                        && !Drift.isNeeded(of(seen, claim), Drift.marked(wanted(pool, seen, granted))));
    }
}
