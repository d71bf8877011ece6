package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.PodMonitorChild;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Objects of kinds that other operators bring, and that a cluster may not know. Pools that want none cost no call.
final class ForeignKinds {

    /// One of them.
    ///
    /// @param condition tells of it: while it is there, an object may have been made
    private record Foreign(
            ResourceDefinitionContext kind,
            Predicate<DoormanPool> isWanted,
            Function<DoormanPool, String> name,
            String condition) {

        String apiVersion() {
            return kind.getGroup() + "/" + kind.getVersion();
        }

        boolean mayBeThere(DoormanPool pool) {
            var status = pool.getStatus();
            return isWanted.test(pool)
                    || (status != null
                            && status.conditions().stream()
                                    .anyMatch(told -> told.type().equals(condition)));
        }
    }

    private static final List<Foreign> KINDS = List.of(
            new Foreign(
                    PodMonitorChild.KIND,
                    pool -> pool.getSpec().monitoring().podMonitor().enabled(),
                    Names::main,
                    "Monitored"),
            new Foreign(
                    CertificateChild.KIND,
                    pool -> pool.getSpec().tls().client().issuerRef() != null,
                    Names::issued,
                    "Certified"));

    private final KubernetesClient client;

    ForeignKinds(KubernetesClient client) {
        this.client = client;
    }

    /// The objects of a pool with those of such kinds among them.
    Children added(Children children, DoormanPool pool) {
        var unknown = new HashSet<String>();
        var all = children;
        for (var foreign : KINDS) {
            var object = foreign.mayBeThere(pool) ? find(foreign, pool) : null;
            all = object == null ? all : all.with(object);
            if (foreign.isWanted().test(pool) && !isKnown(foreign)) {
                unknown.add(foreign.kind().getKind());
            }
        }
        return all.withUnknown(unknown);
    }

    private @Nullable GenericKubernetesResource find(Foreign foreign, DoormanPool pool) {
        return client.genericKubernetesResources(foreign.kind())
                .inNamespace(pool.getMetadata().getNamespace())
                .withName(foreign.name().apply(pool))
                .get();
    }

    private boolean isKnown(Foreign foreign) {
        var known = client.getApiResources(foreign.apiVersion());
        return known != null
                && known.getResources().stream()
                        .anyMatch(resource ->
                                resource.getKind().equals(foreign.kind().getKind()));
    }
}
