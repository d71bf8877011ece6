package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.SecretChild;
import io.pgdoorman.operator.observe.Observer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Knows the Secrets and ConfigMaps that pools name, and no others: a heap dump of the operator must not hold
/// every Secret of a cluster. One watch of each kind for each namespace tells which change; what they say is
/// read when a pass asks for it.
///
/// Guarded by its own monitor, which is not held while requests are made: all passes come by here.
final class NamedSecretEvents extends AbstractEventSource<Secret, DoormanPool>
        implements ResourceEventAware<DoormanPool>, Observer.NamedSecrets {

    private final KubernetesClient client;
    private final Map<String, Namespace> namespaces = new HashMap<>();

    /// Pools that went lately, by uid: a pass that is under way while its pool goes must not leave a watch behind.
    private final Set<String> gone = Lately.names();

    NamedSecretEvents(KubernetesClient client) {
        super(Secret.class, "named-secrets");
        this.client = client;
    }

    /// One namespace; `secrets` and `byPool` are guarded by the outer monitor, the watch by this one's.
    private final class Namespace {
        private final String name;
        private final Map<String, Named> secrets = new HashMap<>();

        /// Each pass comes by here, so that it must not cost what all pools of the namespace name.
        private final Map<ResourceID, Set<String>> byPool = new HashMap<>();

        private @Nullable NameWatch watch;
        private @Nullable NameWatch mapsWatch;

        Namespace(String name) {
            this.name = name;
        }

        /// What is read from now on is told when it changes.
        synchronized void watch() {
            if (watch == null) {
                watch = NameWatch.begin(client, name, "secrets", new Told(name, ""));
            }
        }

        synchronized void watchMaps() {
            if (mapsWatch == null) {
                mapsWatch = NameWatch.begin(client, name, "configmaps", new Told(name, SecretRef.CONFIG_MAP));
            }
        }

        synchronized void close() {
            if (watch != null) {
                watch.close();
            }
            if (mapsWatch != null) {
                mapsWatch.close();
            }
        }
    }

    /// Of one kind in one namespace; `prefix` begins its names in references.
    private final class Told implements NameWatch.Listener {
        private final String namespace;
        private final String prefix;

        Told(String namespace, String prefix) {
            this.namespace = namespace;
            this.prefix = prefix;
        }

        @Override
        public void changed(String object) {
            NamedSecretEvents.this.changed(namespace, prefix + object);
        }

        @Override
        public void missed() {
            for (var name : named(namespace)) {
                if (prefix.isEmpty() == (SecretRef.configMap(name) == null)) {
                    NamedSecretEvents.this.changed(namespace, name);
                }
            }
        }
    }

    /// One Secret and those who name it; the pools are guarded by the outer monitor, the rest by this one's.
    private final class Named {
        private final Namespace namespace;
        private final String name;
        private final Set<ResourceID> pools = new HashSet<>();
        private @Nullable Secret value;
        private boolean isKnown;
        private long changes;

        Named(Namespace namespace, String name) {
            this.namespace = namespace;
            this.name = name;
        }

        @Nullable
        Secret value() {
            long before;
            synchronized (this) {
                if (isKnown) {
                    return value;
                }
                before = changes;
            }
            var map = SecretRef.configMap(name);
            var read = map == null ? secret() : map(map);
            if (read != null) {
                read.getMetadata().setManagedFields(List.of());
                read.getMetadata().setAnnotations(Map.of());
            }
            return keep(read, before);
        }

        private @Nullable Secret secret() {
            namespace.watch();
            return client.secrets().inNamespace(namespace.name).withName(name).get();
        }

        /// As if it were a Secret.
        private @Nullable Secret map(String map) {
            namespace.watchMaps();
            var read = client.configMaps()
                    .inNamespace(namespace.name)
                    .withName(map)
                    .get();
            return read == null
                    ? null
                    : new SecretBuilder()
                            .withMetadata(read.getMetadata())
                            .withData(SecretChild.encoded(Objects.requireNonNullElse(read.getData(), Map.of())))
                            .build();
        }

        /// What was read while it changed is not kept: the change wakes its pools.
        private synchronized @Nullable Secret keep(@Nullable Secret read, long before) {
            if (before == changes) {
                value = read;
                isKnown = true;
            }
            return read;
        }

        synchronized void forget() {
            changes++;
            isKnown = false;
            value = null;
        }
    }

    @Override
    public @Nullable Secret find(DoormanPool pool, String name) {
        var named = named(pool, name);
        return named == null ? null : named.value();
    }

    /// Null for a pool that is gone.
    private synchronized @Nullable Named named(DoormanPool pool, String name) {
        if (gone.contains(pool.getMetadata().getUid())) {
            return null;
        }
        var namespace = namespaces.computeIfAbsent(pool.getMetadata().getNamespace(), Namespace::new);
        var named = namespace.secrets.computeIfAbsent(name, secret -> new Named(namespace, secret));
        var id = ResourceID.fromResource(pool);
        if (named.pools.add(id)) {
            namespace.byPool.computeIfAbsent(id, _ -> new HashSet<>()).add(name);
        }
        return named;
    }

    private synchronized Set<String> named(String namespace) {
        var known = namespaces.get(namespace);
        return known == null ? Set.of() : Set.copyOf(known.secrets.keySet());
    }

    private void changed(String namespace, String secret) {
        for (var pool : forgotten(namespace, secret)) {
            getEventHandler().handleEvent(new Event(pool));
        }
    }

    /// Answers who names a Secret of which nothing is known any more.
    private synchronized Set<ResourceID> forgotten(String namespace, String secret) {
        var known = namespaces.get(namespace);
        var named = known == null ? null : known.secrets.get(secret);
        if (named == null) {
            return Set.of();
        }
        named.forget();
        return Set.copyOf(named.pools);
    }

    /// Forgets Secrets that a pool does not name any more.
    void keepOnly(DoormanPool pool) {
        var named = SecretUse.of(pool.getSpec()).stream()
                .map(use -> Names.meant(pool, use.ref().name()))
                .collect(Collectors.toSet());
        forget(ResourceID.fromResource(pool), named);
    }

    @Override
    public synchronized void onResourceDeleted(DoormanPool pool) {
        gone.add(pool.getMetadata().getUid());
        forget(ResourceID.fromResource(pool), Set.of());
    }

    /// Namespaces that are watched.
    synchronized Set<String> watched() {
        return Set.copyOf(namespaces.keySet());
    }

    private synchronized void forget(ResourceID pool, Set<String> but) {
        var namespace = namespaces.get(pool.getNamespace().orElseThrow());
        if (namespace == null) {
            return;
        }
        var names = namespace.byPool.getOrDefault(pool, Set.of());
        for (var name : names.stream().filter(name -> !but.contains(name)).toList()) {
            names.remove(name);
            var named = Objects.requireNonNull(namespace.secrets.get(name));
            named.pools.remove(pool);
            if (named.pools.isEmpty()) {
                namespace.secrets.remove(name);
            }
        }
        if (names.isEmpty()) {
            namespace.byPool.remove(pool);
        }
        if (namespace.secrets.isEmpty()) {
            namespaces.remove(namespace.name);
            namespace.close();
        }
    }

    @Override
    public synchronized void stop() {
        super.stop();
        namespaces.values().forEach(Namespace::close);
        namespaces.clear();
    }

    @Override
    public Set<Secret> getSecondaryResources(DoormanPool pool) {
        return Set.of();
    }
}
