package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.util.Map;

/// The Service in front of the pods.
public final class ServiceChild {

    private ServiceChild() {}

    /// The Service of a pool that wants one.
    public static Service of(DoormanPool pool) {
        var wanted = pool.getSpec().service();
        var annotations = wanted.annotations();
        return new ServiceBuilder()
                .withMetadata(Names.meta(pool, Names.main(pool), annotations == null ? Map.of() : annotations))
                .withNewSpec()
                .withType(wanted.type().name())
                .withSelector(Names.selector(pool))
                .addNewPort()
                .withName("postgres")
                .withProtocol("TCP")
                .withPort(pool.getSpec().port())
                .withNewTargetPort(DeploymentChild.clientPort())
                .endPort()
                .withLoadBalancerClass(wanted.loadBalancerClass())
                .withTrafficDistribution(wanted.trafficDistribution())
                .endSpec()
                .build();
    }
}
