package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Wakes a pool when what cert-manager says of its Certificate changes. Namespaces of pools that want one are watched,
/// and only where the cluster knows the kind.
///
/// Guarded by its own monitor, which is not held while requests are made.
final class CertificateEvents extends AbstractEventSource<GenericKubernetesResource, DoormanPool>
        implements ResourceEventAware<DoormanPool> {

    private static final NameWatch.Kind KIND =
            new NameWatch.Kind("apis/" + CertificateChild.API_VERSION, CertificateChild.KIND.getPlural());

    private final KubernetesClient client;
    private final Map<String, Namespace> namespaces = new HashMap<>();

    /// @param pools by the name of their Certificate
    private record Namespace(NameWatch watch, Map<String, ResourceID> pools) {}

    CertificateEvents(KubernetesClient client) {
        super(GenericKubernetesResource.class, "certificates");
        this.client = client;
    }

    /// What a pass saw of a pool decides whether it is woken from now on.
    synchronized void look(DoormanPool pool, Children children) {
        var isWatched = pool.getMetadata().getDeletionTimestamp() == null
                && pool.getSpec().tls().client().issuerRef() != null
                && !children.unknownKinds().contains(CertificateChild.KIND.getKind());
        if (isWatched) {
            namespaces
                    .computeIfAbsent(pool.getMetadata().getNamespace(), this::watched)
                    .pools()
                    .put(Names.issued(pool), ResourceID.fromResource(pool));
        } else {
            onResourceDeleted(pool);
        }
    }

    private Namespace watched(String namespace) {
        var watch = NameWatch.follow(client, namespace, KIND, new NameWatch.Listener() {
            @Override
            public void changed(String name) {
                CertificateEvents.this.changed(namespace, name);
            }

            @Override
            public void missed() {
                names(namespace).forEach(this::changed);
            }
        });
        return new Namespace(watch, new HashMap<>());
    }

    private synchronized Set<String> names(String namespace) {
        var known = namespaces.get(namespace);
        return known == null ? Set.of() : Set.copyOf(known.pools().keySet());
    }

    private void changed(String namespace, String name) {
        ResourceID pool;
        synchronized (this) {
            var known = namespaces.get(namespace);
            pool = known == null ? null : known.pools().get(name);
        }
        if (pool != null) {
            getEventHandler().handleEvent(new Event(pool));
        }
    }

    @Override
    public synchronized void onResourceDeleted(DoormanPool pool) {
        var known = namespaces.get(pool.getMetadata().getNamespace());
        if (known != null
                && known.pools().remove(Names.issued(pool)) != null
                && known.pools().isEmpty()) {
            namespaces.remove(pool.getMetadata().getNamespace());
            known.watch().close();
        }
    }

    @Override
    public synchronized void stop() {
        super.stop();
        namespaces.values().forEach(namespace -> namespace.watch().close());
        namespaces.clear();
    }

    @Override
    public Set<GenericKubernetesResource> getSecondaryResources(DoormanPool pool) {
        return Set.of();
    }
}
