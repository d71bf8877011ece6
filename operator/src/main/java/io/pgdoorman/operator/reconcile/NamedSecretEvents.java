package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.observe.Observer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Watches the Secrets that pools name one by one: a heap dump of the operator must not hold every Secret of a cluster.
///
/// Guarded by its own monitor.
final class NamedSecretEvents extends AbstractEventSource<Secret, DoormanPool>
        implements ResourceEventAware<DoormanPool>, Observer.NamedSecrets {

    private final KubernetesClient client;
    private final Map<ResourceID, Watched> watched = new HashMap<>();

    private record Watched(SharedIndexInformer<Secret> informer, Set<ResourceID> pools) {}

    NamedSecretEvents(KubernetesClient client) {
        super(Secret.class, "named-secrets");
        this.client = client;
    }

    @Override
    public @Nullable Secret find(DoormanPool pool, String name) {
        var id = new ResourceID(name, pool.getMetadata().getNamespace());
        var informer = watch(id, ResourceID.fromResource(pool));
        return informer.getStore().list().stream().findFirst().orElse(null);
    }

    private synchronized SharedIndexInformer<Secret> watch(ResourceID id, ResourceID pool) {
        var entry = watched.get(id);
        if (entry == null) {
            entry = new Watched(start(id), new HashSet<>());
            watched.put(id, entry);
        }
        entry.pools().add(pool);
        return entry.informer();
    }

    private SharedIndexInformer<Secret> start(ResourceID id) {
        return client.secrets()
                .inNamespace(id.getNamespace().orElseThrow())
                .withName(id.getName())
                .inform(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(Secret secret) {
                        changed(id);
                    }

                    @Override
                    public void onUpdate(Secret before, Secret after) {
                        changed(id);
                    }

                    @Override
                    public void onDelete(Secret secret, boolean isStateUnknown) {
                        changed(id);
                    }
                });
    }

    private void changed(ResourceID id) {
        for (var pool : poolsOf(id)) {
            getEventHandler().handleEvent(new Event(pool));
        }
    }

    private synchronized Set<ResourceID> poolsOf(ResourceID id) {
        var entry = watched.get(id);
        return entry == null ? Set.of() : Set.copyOf(entry.pools());
    }

    /// Forgets Secrets that a pool does not name any more.
    void keepOnly(DoormanPool pool) {
        var named = SecretUse.of(pool.getSpec()).stream()
                .map(use -> use.ref().name())
                .collect(Collectors.toSet());
        forget(ResourceID.fromResource(pool), named);
    }

    @Override
    public void onResourceDeleted(DoormanPool pool) {
        forget(ResourceID.fromResource(pool), Set.of());
    }

    private synchronized void forget(ResourceID pool, Set<String> but) {
        watched.entrySet().removeIf(entry -> {
            var isNamed = entry.getKey().getNamespace().equals(pool.getNamespace())
                    && but.contains(entry.getKey().getName());
            if (isNamed || !entry.getValue().pools().remove(pool)) {
                return false;
            }
            if (!entry.getValue().pools().isEmpty()) {
                return false;
            }
            entry.getValue().informer().close();
            return true;
        });
    }

    @Override
    public synchronized void stop() {
        super.stop();
        watched.values().forEach(entry -> entry.informer().close());
        watched.clear();
    }

    @Override
    public Set<Secret> getSecondaryResources(DoormanPool pool) {
        return Set.of();
    }
}
