package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.NetworkPolicySpec.AllowFrom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/// The NetworkPolicy: clients of this namespace and of granted ones, the operator, and those who read metrics.
///
/// Probes come from the node, which no policy keeps out.
public final class NetworkPolicyChild {

    private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

    private NetworkPolicyChild() {}

    /// The policy of a pool.
    ///
    /// @param granted namespaces of granted claims
    public static NetworkPolicy of(DoormanPool pool, SortedSet<String> granted, String operatorNamespace) {
        var spec = pool.getSpec().networkPolicy();
        var clients = new ArrayList<NetworkPolicyPeer>();
        if (spec.allowFrom() == AllowFrom.Grants) {
            clients.add(new NetworkPolicyPeerBuilder()
                    .withNewPodSelector()
                    .endPodSelector()
                    .build());
            granted.forEach(namespace -> clients.add(namespace(namespace)));
        }
        var observers = new ArrayList<NetworkPolicyPeer>();
        observers.add(new NetworkPolicyPeerBuilder(namespace(operatorNamespace))
                .withNewPodSelector()
                .withMatchLabels(Map.of("app.kubernetes.io/name", "pgdoorman-operator"))
                .endPodSelector()
                .build());
        var monitoring = spec.monitoringNamespaces();
        if (monitoring != null) {
            monitoring.forEach(namespace -> observers.add(namespace(namespace)));
        }
        var ingress = new ArrayList<NetworkPolicyIngressRule>();
        ingress.add(ingress(DeploymentChild.clientPort(), clients));
        if (pool.getSpec().readOnlyService().enabled()) {
            ingress.add(ingress(DeploymentChild.readOnlyPort(), clients));
        }
        ingress.add(ingress(DeploymentChild.webPort(), observers));
        return new NetworkPolicyBuilder()
                .withMetadata(Names.meta(pool, Names.main(pool), Map.of()))
                .withNewSpec()
                .withNewPodSelector()
                .withMatchLabels(Names.selector(pool))
                .endPodSelector()
                .withPolicyTypes("Ingress")
                .withIngress(ingress)
                .endSpec()
                .build();
    }

    private static NetworkPolicyPeer namespace(String name) {
        return new NetworkPolicyPeerBuilder()
                .withNewNamespaceSelector()
                .withMatchLabels(Map.of(NAMESPACE_NAME, name))
                .endNamespaceSelector()
                .build();
    }

    /// Nobody listed means everybody, as Kubernetes has it.
    private static NetworkPolicyIngressRule ingress(String port, List<NetworkPolicyPeer> from) {
        return new NetworkPolicyIngressRuleBuilder()
                .withFrom(from)
                .addNewPort()
                .withProtocol("TCP")
                .withNewPort(port)
                .endPort()
                .build();
    }
}
