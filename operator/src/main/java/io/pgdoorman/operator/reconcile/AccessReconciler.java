package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.pgdoorman.operator.access.Consent;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.status.ClaimStatusMaker;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Claims without a pool: they hear what they would hear if there were one that does not consent. All others
/// are part of the passes over their pools.
public final class AccessReconciler implements Reconciler<DoormanDatabaseAccess> {

    private final KubernetesClient client;
    private final Clock clock;
    private final ClaimTeller teller;
    private final Set<String> namespaces;
    private @Nullable InformerEventSource<DoormanPool, DoormanDatabaseAccess> pools;

    /// @param namespaces watched ones; empty means all
    public AccessReconciler(
            KubernetesClient client, String instance, Meters meters, Clock clock, Set<String> namespaces) {
        this.client = client;
        this.namespaces = Set.copyOf(namespaces);
        this.clock = clock;
        this.teller = new ClaimTeller(new StatusWriter(client, meters), new Events(client, clock, instance));
    }

    @Override
    public List<EventSource<?, DoormanDatabaseAccess>> prepareEventSources(
            EventSourceContext<DoormanDatabaseAccess> context) {
        var source = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(DoormanPool.class, DoormanDatabaseAccess.class)
                        .withName("pools")
                        .withSecondaryToPrimaryMapper(pool -> claimsOf(pool, context))
                        .withOnUpdateFilter((_, _) -> false)
                        .withNamespacesInheritedFromController()
                        .build(),
                context);
        pools = source;
        return List.of(source);
    }

    private static Set<ResourceID> claimsOf(DoormanPool pool, EventSourceContext<DoormanDatabaseAccess> context) {
        return context.getPrimaryCache()
                .list(claim -> isOf(claim, pool))
                .map(ResourceID::fromResource)
                .collect(Collectors.toSet());
    }

    private static boolean isOf(DoormanDatabaseAccess claim, DoormanPool pool) {
        var ref = claim.getSpec().poolRef();
        return ref.name().equals(pool.getMetadata().getName())
                && ref.namespace().equals(pool.getMetadata().getNamespace());
    }

    @Override
    public UpdateControl<DoormanDatabaseAccess> reconcile(
            DoormanDatabaseAccess cached, Context<DoormanDatabaseAccess> context) {
        if (isOfAnotherOperator(cached)) {
            return UpdateControl.noUpdate();
        }
        if (Objects.requireNonNull(pools)
                .get(poolOf(cached))
                .filter(AccessReconciler::isThere)
                .isPresent()) {
            return UpdateControl.noUpdate();
        }
        var claim = client.resources(DoormanDatabaseAccess.class)
                .inNamespace(cached.getMetadata().getNamespace())
                .withName(cached.getMetadata().getName())
                .get();
        if (claim != null && claim.getMetadata().getDeletionTimestamp() == null && !hasPool(claim)) {
            client
                    .secrets()
                    .inNamespace(claim.getMetadata().getNamespace())
                    .withLabel(Names.CLAIM_LABEL, claim.getMetadata().getUid())
                    .list()
                    .getItems()
                    .stream()
                    .filter(secret -> Names.isOwned(secret, claim))
                    .forEach(secret -> client.resource(secret).delete());
            teller.tell(
                    new ClaimTeller.News(claim, ClaimStatusMaker.refused(Consent.notGranted(claim), clock.instant())));
        }
        return UpdateControl.noUpdate();
    }

    /// Pools where this one does not look, and may not: whether there is such a pool, another operator knows, which may
    /// have granted the claim.
    private boolean isOfAnotherOperator(DoormanDatabaseAccess claim) {
        return !namespaces.isEmpty()
                && !namespaces.contains(claim.getSpec().poolRef().namespace());
    }

    private static ResourceID poolOf(DoormanDatabaseAccess claim) {
        var ref = claim.getSpec().poolRef();
        return new ResourceID(ref.name(), ref.namespace());
    }

    private static boolean isThere(DoormanPool pool) {
        return pool.getMetadata().getDeletionTimestamp() == null;
    }

    private boolean hasPool(DoormanDatabaseAccess claim) {
        var ref = claim.getSpec().poolRef();
        var pool = client.resources(DoormanPool.class)
                .inNamespace(ref.namespace())
                .withName(ref.name())
                .get();
        return pool != null && isThere(pool);
    }
}
