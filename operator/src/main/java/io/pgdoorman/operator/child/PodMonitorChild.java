package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The PodMonitor, a kind of the Prometheus operator that a cluster may lack.
public final class PodMonitorChild {

    /// Group and version of the kind.
    public static final String API_VERSION = "monitoring.coreos.com/v1";

    /// Where the API server has it.
    public static final ResourceDefinitionContext KIND = new ResourceDefinitionContext.Builder()
            .withGroup("monitoring.coreos.com")
            .withVersion("v1")
            .withKind("PodMonitor")
            .withPlural("podmonitors")
            .withNamespaced(true)
            .build();

    private PodMonitorChild() {}

    /// The PodMonitor of a pool.
    public static GenericKubernetesResource of(DoormanPool pool) {
        var wanted = pool.getSpec().monitoring().podMonitor();
        var meta = Names.meta(pool, Names.main(pool), Map.of());
        var labels = new TreeMap<>(meta.getLabels());
        if (wanted.labels() != null) {
            wanted.labels().forEach(labels::putIfAbsent);
        }
        meta.setLabels(labels);
        var monitor = new GenericKubernetesResource();
        monitor.setApiVersion(API_VERSION);
        monitor.setKind(KIND.getKind());
        monitor.setMetadata(meta);
        monitor.setAdditionalProperties(Map.of(
                "spec",
                Map.of(
                        "selector",
                        Map.of("matchLabels", Names.selector(pool)),
                        "podMetricsEndpoints",
                        List.of(Map.of(
                                "port", DeploymentChild.webPort(),
                                "path", "/metrics",
                                "interval", wanted.interval())))));
        return monitor;
    }
}
