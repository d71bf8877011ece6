package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.Observer;
import io.pgdoorman.operator.plan.Approval;
import io.pgdoorman.operator.plan.Budget;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Planner;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.status.ClaimStatusMaker;
import io.pgdoorman.operator.status.Repairs;
import io.pgdoorman.operator.status.StatusMaker;
import io.pgdoorman.operator.status.Transitions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One pass over one pool: observe, validate, plan, act, tell. Nothing is remembered between passes.
public final class PoolReconciler implements Reconciler<DoormanPool> {

    private final KubernetesClient client;
    private final Planner.Defaults defaults;
    private final Clock clock;
    private final Meters meters;
    private final NamedSecretEvents secrets;
    private final ClaimEvents claims;
    private final ClaimTeller teller;
    private final Observer observer;
    private final Actor actor;
    private final Events events;

    /// What the reconciler is told from outside.
    ///
    /// @param instance name of this process in Events
    /// @param seesNamespaces whether it may read all namespaces
    public record Settings(Planner.Defaults defaults, String instance, boolean seesNamespaces) {}

    public PoolReconciler(KubernetesClient client, PodLink link, Settings settings, Meters meters, Clock clock) {
        this.client = client;
        this.defaults = settings.defaults();
        this.clock = clock;
        this.meters = meters;
        this.secrets = new NamedSecretEvents(client);
        this.claims = new ClaimEvents(client, settings.seesNamespaces());
        this.observer = new Observer(client, link, new Observer.Sources(secrets, claims), clock);
        this.actor = new Actor(client, link, clock, meters);
        this.events = new Events(client, clock, settings.instance());
        this.teller = new ClaimTeller(client, meters, events);
    }

    @Override
    public List<EventSource<?, DoormanPool>> prepareEventSources(EventSourceContext<DoormanPool> context) {
        var made = informer(Secret.class, context);
        var sources = new ArrayList<EventSource<?, DoormanPool>>(List.of(
                informer(Deployment.class, context),
                informer(Pod.class, context),
                informer(ConfigMap.class, context),
                made,
                informer(Service.class, context),
                informer(PodDisruptionBudget.class, context),
                informer(NetworkPolicy.class, context),
                secrets));
        sources.addAll(claims.sources(context, made));
        return sources;
    }

    /// Sees only what carries our label.
    private static <T extends HasMetadata> InformerEventSource<T, DoormanPool> informer(
            Class<T> kind, EventSourceContext<DoormanPool> context) {
        var configuration = InformerEventSourceConfiguration.from(kind, DoormanPool.class)
                .withName(kind.getSimpleName())
                .withLabelSelector(Names.MANAGED_BY_LABEL + "=" + Names.MANAGER)
                .withSecondaryToPrimaryMapper(PoolReconciler::poolOf)
                .withNamespacesInheritedFromController()
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    private static Set<ResourceID> poolOf(HasMetadata object) {
        var labels = object.getMetadata().getLabels();
        var pool = labels == null ? null : labels.get(Names.POOL_LABEL);
        if (pool == null) {
            return Set.of();
        }
        var own = object.getMetadata().getNamespace();
        return Set.of(new ResourceID(pool, labels.getOrDefault(Names.POOL_NAMESPACE_LABEL, own)));
    }

    @Override
    public UpdateControl<DoormanPool> reconcile(DoormanPool cached, Context<DoormanPool> context) {
        var start = System.nanoTime();
        var isFailed = true;
        try {
            var again = pass(cached);
            isFailed = false;
            return again == null
                    ? UpdateControl.noUpdate()
                    : UpdateControl.<DoormanPool>noUpdate().rescheduleAfter(again);
        } finally {
            meters.reconciled(isFailed, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    /// Returns when to look again; null when there is nothing left to look at.
    private @Nullable Duration pass(DoormanPool cached) {
        var pool = client.resources(DoormanPool.class)
                .inNamespace(cached.getMetadata().getNamespace())
                .withName(cached.getMetadata().getName())
                .get();
        if (pool == null || pool.getMetadata().getDeletionTimestamp() != null) {
            secrets.onResourceDeleted(cached);
            return null;
        }
        var approval = approval(pool);
        var inForce = approval.pool();
        secrets.keepOnly(inForce);
        var seen = observer.observe(inForce, pool);
        var plan = plan(inForce, seen, null);
        if (!pool.isPaused()) {
            var repairs = Repairs.of(plan, seen);
            plan = act(inForce, seen, plan);
            repairs.forEach(repair -> events.tell(pool, repair));
        }
        var now = clock.instant();
        tell(
                pool,
                StatusMaker.make(
                        inForce,
                        seen,
                        plan,
                        new StatusMaker.Circumstances(defaults.image(), now, approval.pending(), approval.held())));
        if (!pool.isPaused()) {
            for (var decision : seen.access().decisions()) {
                teller.tell(decision.claim(), ClaimStatusMaker.make(inForce, seen, plan, decision, now));
            }
        }
        return plan.again();
    }

    private Approval approval(DoormanPool pool) {
        if (!Approval.needsPast(pool)) {
            return Approval.full(pool);
        }
        var config = client.configMaps()
                .inNamespace(pool.getMetadata().getNamespace())
                .withName(Names.config(pool))
                .get();
        return Approval.of(
                pool, config != null && Names.isOwned(config, pool) ? ConfigMapChild.approved(config) : null);
    }

    /// Acts on a plan; a refusal of a pod makes another one.
    private Plan act(DoormanPool pool, Observation seen, Plan plan) {
        var rejection = actor.act(pool, plan, seen.adminPassword());
        if (rejection == null) {
            return plan;
        }
        var back = plan(pool, seen, rejection);
        actor.act(pool, back, seen.adminPassword());
        return back;
    }

    private Plan plan(DoormanPool pool, Observation seen, @Nullable Rejection rejection) {
        return Planner.plan(
                pool,
                Budget.want(pool, seen, defaults),
                seen,
                new Planner.Moment(clock.instant(), defaults, rejection));
    }

    private void tell(DoormanPool pool, DoormanPoolStatus status) {
        if (status.equals(pool.getStatus())) {
            return;
        }
        var patch = new DoormanPool();
        patch.setMetadata(new ObjectMetaBuilder()
                .withName(pool.getMetadata().getName())
                .withNamespace(pool.getMetadata().getNamespace())
                .build());
        patch.setStatus(status);
        client.resource(patch).subresource("status").patch(Actor.APPLY);
        meters.wrote("DoormanPool");
        Transitions.between(pool.getStatus(), status).forEach(happening -> events.tell(pool, happening));
    }
}
