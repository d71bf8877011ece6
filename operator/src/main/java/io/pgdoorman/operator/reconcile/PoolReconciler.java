package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.pgdoorman.operator.access.Decision;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.ApiServer;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.Observer;
import io.pgdoorman.operator.observe.Sight;
import io.pgdoorman.operator.plan.Approval;
import io.pgdoorman.operator.plan.Budget;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Planner;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.status.ClaimStatusMaker;
import io.pgdoorman.operator.status.Repairs;
import io.pgdoorman.operator.status.Resizes;
import io.pgdoorman.operator.status.StatusMaker;
import io.pgdoorman.operator.status.Transitions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// One pass over one pool: observe, validate, plan, act, tell. Nothing is remembered between passes.
///
/// Each pass begins with a glance at caches. When that shows nothing to write the pass is over, so that a pool at rest
/// costs the API server nothing; else the API server itself is asked, and what it says is planned and done.
public final class PoolReconciler implements Reconciler<DoormanPool> {

    private final KubernetesClient client;
    private final Planner.Defaults defaults;
    private final Clock clock;
    private final Meters meters;
    private final NamedSecretEvents secrets;
    private final ClaimEvents claims;
    private final CertificateEvents certificates;
    private final StatusWriter statuses;
    private final ClaimTeller teller;
    private final Observer observer;
    private final Actor actor;
    private final Events events;
    private @Nullable Caches caches;
    private @Nullable ApiServer server;

    /// What the reconciler is told from outside.
    ///
    /// @param instance name of this process in Events
    /// @param seesNamespaces whether it may read all namespaces
    /// @param doubt is told the epoch of a newer leader when a pod knows one
    public record Settings(Planner.Defaults defaults, String instance, boolean seesNamespaces, LongConsumer doubt) {}

    public PoolReconciler(KubernetesClient client, PodLink link, Settings settings, Meters meters, Clock clock) {
        this.client = client;
        this.defaults = settings.defaults();
        this.clock = clock;
        this.meters = meters;
        this.secrets = new NamedSecretEvents(client);
        this.claims = new ClaimEvents(settings.seesNamespaces());
        this.certificates = new CertificateEvents(client);
        this.observer = new Observer(client, link, new Observer.Sources(secrets, claims), clock);
        this.actor = new Actor(client, new Actor.Pods(link, settings.doubt()), clock, meters);
        this.events = new Events(client, clock, settings.instance());
        this.statuses = new StatusWriter(client, meters);
        this.teller = new ClaimTeller(statuses, events);
    }

    @Override
    public List<EventSource<?, DoormanPool>> prepareEventSources(EventSourceContext<DoormanPool> context) {
        var made = new Caches(context);
        caches = made;
        server = new ApiServer(client, made::outputs);
        var sources = new ArrayList<EventSource<?, DoormanPool>>(made.sources().toList());
        sources.add(secrets);
        sources.add(certificates);
        sources.addAll(claims.sources(context));
        return sources;
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
        if (cached.getMetadata().getDeletionTimestamp() == null) {
            var glance = look(cached, Objects.requireNonNull(caches));
            if (isQuiet(glance)) {
                return glance.plan().again();
            }
        }
        var pool = client.resources(DoormanPool.class)
                .inNamespace(cached.getMetadata().getNamespace())
                .withName(cached.getMetadata().getName())
                .get();
        if (pool == null || pool.getMetadata().getDeletionTimestamp() != null) {
            secrets.onResourceDeleted(cached);
            return null;
        }
        var found = look(pool, Objects.requireNonNull(server));
        if (!pool.isPaused()) {
            var repairs = Repairs.of(found.plan(), found.seen());
            found = act(found);
            repairs.forEach(repair -> events.tell(pool, repair));
            resized(found);
        }
        tell(pool, status(found));
        claims(found).forEach(teller::tell);
        return found.refused().isNothing() ? found.plan().again() : Planner.IDLE; // An edit comes sooner.
    }

    private void resized(Found found) {
        for (var happening : Resizes.of(found.plan(), found.seen())) {
            events.tell(found.pool(), happening);
            meters.resized(happening.isWarning());
        }
    }

    /// What was seen of a pool in one place, and what is to be done about it.
    ///
    /// @param pool as its owner wants it
    /// @param refused what the API server had against the plan
    private record Found(DoormanPool pool, Approval approval, Observation seen, Plan plan, Refused refused) {

        /// The pool with what is in force of it.
        DoormanPool inForce() {
            return approval.pool();
        }

        Found done(Plan last, Refused because) {
            return new Found(pool, approval, seen, last, because);
        }
    }

    private Found look(DoormanPool pool, Sight sight) {
        var approval = approval(pool, sight);
        var inForce = approval.pool();
        secrets.keepOnly(inForce);
        var seen = observer.observe(inForce, pool, sight);
        certificates.look(inForce, seen.children());
        return new Found(pool, approval, seen, plan(inForce, seen, null, null), Refused.NOTHING);
    }

    /// Whether there is nothing to write. What caches say is enough for that: what they do not know yet wakes us again.
    private boolean isQuiet(Found found) {
        var pool = found.pool();
        if (!status(found).equals(pool.getStatus())) {
            return false;
        }
        return (pool.isPaused() || found.plan().steps().isEmpty())
                && claims(found).stream().allMatch(ClaimTeller.News::isTold);
    }

    private DoormanPoolStatus status(Found found) {
        var approval = found.approval();
        return StatusMaker.make(
                found.inForce(),
                found.seen(),
                found.plan(),
                new StatusMaker.Circumstances(
                        defaults.image(),
                        clock.instant(),
                        approval.pending(),
                        approval.held(),
                        found.refused().ofPool()));
    }

    private List<ClaimTeller.News> claims(Found found) {
        return found.seen().access().decisions().stream()
                .map(decision -> new ClaimTeller.News(decision.claim(), status(found, decision)))
                .filter(news -> !found.pool().isPaused() || news.isForStrangers())
                .toList();
    }

    private DoormanDatabaseAccessStatus status(Found found, Decision decision) {
        var unwritten =
                found.refused().ofClaims().get(decision.claim().getMetadata().getUid());
        return unwritten != null && decision instanceof Decision.Granted granted
                ? ClaimStatusMaker.unwritten(
                        found.inForce(),
                        found.seen(),
                        new ClaimStatusMaker.Refusal(granted, unwritten),
                        clock.instant())
                : ClaimStatusMaker.make(found.inForce(), found.seen(), found.plan(), decision, clock.instant());
    }

    private static Approval approval(DoormanPool pool, Sight sight) {
        if (!Approval.needsPast(pool)) {
            return Approval.full(pool);
        }
        var config = sight.config(pool);
        return Approval.of(
                pool, config != null && Names.isOwned(config, pool) ? ConfigMapChild.approved(config) : null);
    }

    /// Acts on a plan; a refusal of a pod makes another one.
    private Found act(Found found) {
        var pool = found.inForce();
        var seen = found.seen();
        var done = actor.act(pool, found.plan(), seen.adminPassword());
        if (done.rejection() == null && done.unresizable() == null) {
            return found.done(found.plan(), done.refused());
        }
        var back = plan(pool, seen, done.rejection(), done.unresizable());
        return found.done(back, actor.act(pool, back, seen.adminPassword()).refused());
    }

    private Plan plan(DoormanPool pool, Observation seen, @Nullable Rejection rejection, @Nullable String unresizable) {
        return Planner.plan(
                pool,
                Budget.want(pool, seen, defaults),
                seen,
                new Planner.Moment(clock.instant(), defaults, rejection, unresizable));
    }

    private void tell(DoormanPool pool, DoormanPoolStatus status) {
        if (status.equals(pool.getStatus())) {
            return;
        }
        if (statuses.write(pool, new DoormanPool(), status)) {
            Transitions.between(pool.getStatus(), status).forEach(happening -> events.tell(pool, happening));
        }
    }
}
