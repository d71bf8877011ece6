package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.util.Map;

/// The Service without an address of its own whose name leads to each pod, also to those that drain: a pod asks it
/// whose client a cancel request is for.
public final class PeersChild {

    private PeersChild() {}

    /// The Service of a pool.
    public static Service of(DoormanPool pool) {
        return new ServiceBuilder()
                .withMetadata(Names.meta(pool, Names.peers(pool), Map.of()))
                .withNewSpec()
                .withType("ClusterIP")
                .withClusterIP(HEADLESS)
                .withPublishNotReadyAddresses(true)
                .withSelector(Names.selector(pool))
                .addNewPort()
                .withName("postgres")
                .withProtocol("TCP")
                .withPort(pool.getSpec().port())
                .withNewTargetPort(DeploymentChild.clientPort())
                .endPort()
                .endSpec()
                .build();
    }

    private static final String HEADLESS = "None";

    /// Whether it is one of these.
    public static boolean isOne(Service service) {
        return service.getSpec() != null && HEADLESS.equals(service.getSpec().getClusterIP());
    }
}
