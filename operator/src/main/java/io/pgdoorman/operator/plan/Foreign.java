package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.DisruptionBudgetChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.List;

/// Objects of others by the names of those that a pool needs.
final class Foreign {

    private Foreign() {}

    static List<HasMetadata> of(DoormanPool pool, Children children) {
        return children.all()
                .filter(child -> isWanted(pool, child) && !Names.isOwned(child, pool))
                .toList();
    }

    /// Whether the Secrets that pods and the operator read are the pool's.
    static boolean leavesSecrets(List<HasMetadata> foreign) {
        return foreign.stream().noneMatch(Secret.class::isInstance);
    }

    /// Others may have objects by names that the pool leaves free.
    private static boolean isWanted(DoormanPool pool, HasMetadata child) {
        var spec = pool.getSpec();
        return switch (child) {
            case Service service
            when service.getMetadata().getName().equals(Names.readOnly(pool)) ->
                spec.readOnlyService().enabled();
            case Service service when service.getMetadata().getName().equals(Names.peers(pool)) -> true;
            case Service _ -> spec.service().enabled();
            case PodDisruptionBudget _ -> DisruptionBudgetChild.isWanted(pool, null);
            case NetworkPolicy _ -> spec.networkPolicy().enabled();
            case GenericKubernetesResource certificate
            when certificate.getKind().equals(CertificateChild.KIND.getKind()) ->
                spec.tls().client().issuerRef() != null;
            case GenericKubernetesResource _ -> spec.monitoring().podMonitor().enabled();
            default -> true;
        };
    }
}
