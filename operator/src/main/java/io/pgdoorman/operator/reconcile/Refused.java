package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.child.Names;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Objects that the API server would not have.
///
/// @param ofPool what only the pool's owner can mend
/// @param ofClaims why the Secret of a claim is not there, by the claim's uid; of no interest to the pool's owner
record Refused(List<Problem> ofPool, Map<String, String> ofClaims) {

    static final Refused NOTHING = new Refused(List.of(), Map.of());

    Refused {
        ofPool = List.copyOf(ofPool);
        ofClaims = Map.copyOf(ofClaims);
    }

    boolean isNothing() {
        return ofPool.isEmpty() && ofClaims.isEmpty();
    }

    /// Sorts them by whom they concern.
    static final class Collector {

        private final List<Problem> ofPool = new ArrayList<>();
        private final Map<String, String> ofClaims = new HashMap<>();

        void add(HasMetadata child, String why) {
            var name = child.getKind() + " " + child.getMetadata().getName();
            var claim = child.getMetadata().getLabels().get(Names.CLAIM_LABEL);
            if (claim == null) {
                ofPool.add(new Problem(name, why));
            } else {
                ofClaims.put(claim, name + ": " + why);
            }
        }

        Refused all() {
            return new Refused(ofPool, ofClaims);
        }
    }
}
