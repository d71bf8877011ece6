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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Watches the Secrets that pools name one by one: a heap dump of the operator must not hold every Secret of a cluster.
///
/// Guarded by its own monitor, which is not held while a watch begins: that takes requests, and all passes come by
/// here.
final class NamedSecretEvents extends AbstractEventSource<Secret, DoormanPool>
        implements ResourceEventAware<DoormanPool>, Observer.NamedSecrets {

    private final KubernetesClient client;
    private final Map<ResourceID, Watched> watched = new HashMap<>();

    /// One Secret and those who name it; the pools are guarded by the outer monitor, the informer by this one's.
    private final class Watched {
        private final ResourceID id;
        private final Set<ResourceID> pools = new HashSet<>();
        private @Nullable SharedIndexInformer<Secret> informer;

        Watched(ResourceID id) {
            this.id = id;
        }

        synchronized SharedIndexInformer<Secret> informer() {
            var started = informer;
            if (started == null) {
                started = start(id);
                informer = started;
            }
            return started;
        }

        synchronized void close() {
            if (informer != null) {
                informer.close();
            }
        }
    }

    NamedSecretEvents(KubernetesClient client) {
        super(Secret.class, "named-secrets");
        this.client = client;
    }

    @Override
    public @Nullable Secret find(DoormanPool pool, String name) {
        var id = new ResourceID(name, pool.getMetadata().getNamespace());
        return watched(id, ResourceID.fromResource(pool)).informer().getStore().list().stream()
                .findFirst()
                .orElse(null);
    }

    private synchronized Watched watched(ResourceID id, ResourceID pool) {
        var entry = watched.computeIfAbsent(id, Watched::new);
        entry.pools.add(pool);
        return entry;
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
        return entry == null ? Set.of() : Set.copyOf(entry.pools);
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

    private void forget(ResourceID pool, Set<String> but) {
        unnamed(pool, but).forEach(Watched::close);
    }

    /// Takes out what nobody names any more.
    private synchronized List<Watched> unnamed(ResourceID pool, Set<String> but) {
        var unnamed = new ArrayList<Watched>();
        watched.entrySet().removeIf(entry -> {
            var isNamed = entry.getKey().getNamespace().equals(pool.getNamespace())
                    && but.contains(entry.getKey().getName());
            if (isNamed || !entry.getValue().pools.remove(pool)) {
                return false;
            }
            if (!entry.getValue().pools.isEmpty()) {
                return false;
            }
            unnamed.add(entry.getValue());
            return true;
        });
        return unnamed;
    }

    @Override
    public synchronized void stop() {
        super.stop();
        watched.values().forEach(Watched::close);
        watched.clear();
    }

    @Override
    public Set<Secret> getSecondaryResources(DoormanPool pool) {
        return Set.of();
    }
}
