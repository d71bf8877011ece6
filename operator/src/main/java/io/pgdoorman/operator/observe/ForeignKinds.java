package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.PodMonitorChild;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Objects of kinds that other operators bring, and that a cluster may not know. Pools that want none cost no call.
final class ForeignKinds {

    /// The condition that tells of a PodMonitor: while it is there, one may have been made.
    private static final String MONITORED = "Monitored";

    private final KubernetesClient client;

    ForeignKinds(KubernetesClient client) {
        this.client = client;
    }

    /// The objects of a pool with those of such kinds among them.
    Children added(Children children, DoormanPool pool) {
        var monitor = monitor(pool);
        var known = children.withUnknown(unknown(pool));
        return monitor == null ? known : known.with(monitor);
    }

    private @Nullable GenericKubernetesResource monitor(DoormanPool pool) {
        return isWanted(pool) || isTold(pool)
                ? client.genericKubernetesResources(PodMonitorChild.KIND)
                        .inNamespace(pool.getMetadata().getNamespace())
                        .withName(Names.main(pool))
                        .get()
                : null;
    }

    /// Kinds that a pool asks for and the API server does not know.
    private Set<String> unknown(DoormanPool pool) {
        var kind = PodMonitorChild.KIND.getKind();
        return isWanted(pool) && !isKnown(PodMonitorChild.API_VERSION, kind) ? Set.of(kind) : Set.of();
    }

    private boolean isKnown(String apiVersion, String kind) {
        var known = client.getApiResources(apiVersion);
        return known != null
                && known.getResources().stream()
                        .anyMatch(resource -> resource.getKind().equals(kind));
    }

    private static boolean isWanted(DoormanPool pool) {
        return pool.getSpec().monitoring().podMonitor().enabled();
    }

    private static boolean isTold(DoormanPool pool) {
        var status = pool.getStatus();
        return status != null
                && status.conditions().stream()
                        .anyMatch(condition -> condition.type().equals(MONITORED));
    }
}
