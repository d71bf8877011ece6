package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.observe.Observer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Watches claims and the labels of namespaces: both decide who may enter a pool, wherever the pool is.
final class ClaimEvents implements Observer.Claims {

    private final boolean seesNamespaces;
    private @Nullable InformerEventSource<DoormanDatabaseAccess, DoormanPool> claims;
    private @Nullable InformerEventSource<Namespace, DoormanPool> namespaces;

    /// @param seesNamespaces whether all namespaces may be read; otherwise rules with a selector fit nobody
    ClaimEvents(boolean seesNamespaces) {
        this.seesNamespaces = seesNamespaces;
    }

    List<EventSource<?, DoormanPool>> sources(EventSourceContext<DoormanPool> context) {
        var sources = new ArrayList<EventSource<?, DoormanPool>>();
        claims = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(DoormanDatabaseAccess.class, DoormanPool.class)
                        .withName("claims")
                        .withSecondaryToPrimaryMapper(ClaimEvents::poolOf)
                        .withItemStore(Trimmed.store())
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
        sources.add(claims);
        if (seesNamespaces) {
            namespaces = new InformerEventSource<>(
                    InformerEventSourceConfiguration.from(Namespace.class, DoormanPool.class)
                            .withName("namespaces")
                            .withSecondaryToPrimaryMapper(_ -> selecting(context))
                            .withItemStore(Trimmed.store())
                            .withOnUpdateFilter((now, before) -> !labels(now).equals(labels(before)))
                            .withWatchAllNamespaces()
                            .build(),
                    context);
            sources.add(namespaces);
        }
        return sources;
    }

    private static Set<ResourceID> poolOf(DoormanDatabaseAccess claim) {
        var pool = claim.getSpec().poolRef();
        return Set.of(new ResourceID(pool.name(), pool.namespace()));
    }

    /// Pools whose rules look at labels.
    private static Set<ResourceID> selecting(EventSourceContext<DoormanPool> context) {
        return context.getPrimaryCache()
                .list(pool -> pool.getSpec().access().all().stream()
                        .anyMatch(rule -> rule.from().selector() != null))
                .map(ResourceID::fromResource)
                .collect(Collectors.toSet());
    }

    private static Map<String, String> labels(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getLabels(), Map.of());
    }

    @Override
    public List<DoormanDatabaseAccess> of(DoormanPool pool) {
        return Objects.requireNonNull(claims).getSecondaryResources(pool).stream()
                .filter(claim -> claim.getMetadata().getDeletionTimestamp() == null)
                .toList();
    }

    @Override
    public Map<String, Map<String, String>> namespaces() {
        var all = new HashMap<String, Map<String, String>>();
        if (namespaces != null) {
            namespaces
                    .list(_ -> true)
                    .forEach(namespace -> all.put(namespace.getMetadata().getName(), labels(namespace)));
        }
        return all;
    }
}
