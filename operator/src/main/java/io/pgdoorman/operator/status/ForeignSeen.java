package io.pgdoorman.operator.status;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.PodMonitorChild;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What became of objects of kinds that other operators bring: their conditions stand while the pool wants them, or
/// has them still.
final class ForeignSeen {

    private final DoormanPool pool;
    private final Children children;

    ForeignSeen(DoormanPool pool, Children children) {
        this.pool = pool;
        this.children = children;
    }

    void tell(Conditions conditions) {
        if (pool.getSpec().monitoring().podMonitor().enabled() || isLeft(children.monitor())) {
            monitored(conditions);
        }
        if (pool.getSpec().tls().client().issuerRef() != null || isLeft(children.certificate())) {
            certified(conditions);
        }
    }

    private boolean isLeft(@Nullable GenericKubernetesResource object) {
        return pool.isPaused() && object != null;
    }

    private void monitored(Conditions conditions) {
        if (isUnknown(PodMonitorChild.KIND)) {
            conditions.add(
                    Reasons.MONITORED,
                    false,
                    Reasons.CRD_MISSING,
                    "this cluster knows no " + PodMonitorChild.KIND.getKind() + " (" + PodMonitorChild.API_VERSION
                            + "): install the Prometheus operator, or set monitoring.podMonitor.enabled to false");
        } else {
            conditions.add(
                    Reasons.MONITORED,
                    true,
                    Reasons.APPLIED,
                    PodMonitorChild.KIND.getKind() + " " + Names.main(pool) + " is there");
        }
    }

    private void certified(Conditions conditions) {
        var object = CertificateChild.KIND.getKind() + " " + Names.issued(pool);
        if (isUnknown(CertificateChild.KIND)) {
            conditions.add(
                    Reasons.CERTIFIED,
                    false,
                    Reasons.CRD_MISSING,
                    "this cluster knows no " + CertificateChild.KIND.getKind() + " (" + CertificateChild.API_VERSION
                            + "): install cert-manager, or use tls.client.certSecretRef");
            return;
        }
        var ready = ready();
        if ("True".equals(ready.get("status"))) {
            conditions.add(Reasons.CERTIFIED, true, Reasons.ISSUED, object + " is ready");
        } else {
            var message = ready.get("message");
            conditions.add(
                    Reasons.CERTIFIED,
                    false,
                    Reasons.NOT_ISSUED,
                    object + " is not ready: " + (message == null ? "nobody has looked at it yet" : message));
        }
    }

    private boolean isUnknown(ResourceDefinitionContext kind) {
        return children.unknownKinds().contains(kind.getKind());
    }

    /// What its own operator says of it; nothing if it has not looked.
    private Map<?, ?> ready() {
        var certificate = children.certificate();
        var status = certificate == null
                ? null
                : certificate.getAdditionalProperties().get("status");
        if (status instanceof Map<?, ?> map && map.get("conditions") instanceof List<?> told) {
            for (var one : told) {
                if (one instanceof Map<?, ?> condition && "Ready".equals(condition.get("type"))) {
                    return condition;
                }
            }
        }
        return Map.of();
    }
}
