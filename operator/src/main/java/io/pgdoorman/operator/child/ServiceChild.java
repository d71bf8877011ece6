package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.ServiceSpec;
import java.util.Map;

/// The Services in front of the pods.
public final class ServiceChild {

    private ServiceChild() {}

    /// The Service of a pool that wants one.
    public static Service of(DoormanPool pool) {
        return of(pool, pool.getSpec().service(), new Way(Names.main(pool), DeploymentChild.clientPort()));
    }

    /// The Service for those who only read.
    public static Service readOnly(DoormanPool pool) {
        return of(
                pool,
                pool.getSpec().readOnlyService().asService(),
                new Way(Names.readOnly(pool), DeploymentChild.readOnlyPort()));
    }

    /// Name of a Service, and of the pods' port that it leads to.
    private record Way(String name, String port) {}

    private static Service of(DoormanPool pool, ServiceSpec wanted, Way way) {
        var annotations = wanted.annotations();
        return new ServiceBuilder()
                .withMetadata(Names.meta(pool, way.name(), annotations == null ? Map.of() : annotations))
                .withNewSpec()
                .withType(wanted.type().name())
                .withSelector(Names.selector(pool))
                .addNewPort()
                .withName("postgres")
                .withProtocol("TCP")
                .withPort(pool.getSpec().port())
                .withNewTargetPort(way.port())
                .endPort()
                .withLoadBalancerClass(wanted.loadBalancerClass())
                .withTrafficDistribution(wanted.trafficDistribution())
                .endSpec()
                .build();
    }
}
