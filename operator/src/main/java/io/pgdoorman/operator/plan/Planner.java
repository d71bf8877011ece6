package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.access.Decision;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Gated;
import io.pgdoorman.operator.child.AccessChild;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.child.DisruptionBudgetChild;
import io.pgdoorman.operator.child.Drift;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.NetworkPolicyChild;
import io.pgdoorman.operator.child.PeersChild;
import io.pgdoorman.operator.child.PodMonitorChild;
import io.pgdoorman.operator.child.ResizeNote;
import io.pgdoorman.operator.child.Resizing;
import io.pgdoorman.operator.child.SecretChild;
import io.pgdoorman.operator.child.ServiceChild;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Plan.Situation;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.render.Shares;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The next steps for one pool.
///
/// A hot change goes: Secret, ConfigMap, then one pod (the canary) is nudged and asked until it has loaded the
/// configuration, then the others; only then a changed template, so that old pods are right while they drain. A pod
/// that refuses stops it: the ConfigMap goes back to what was good, and so do pods that were quicker.
public final class Planner {

    static final Duration WHILE_RELOADING = Duration.ofMillis(250);
    static final Duration WHILE_WORKING = Duration.ofSeconds(1);

    /// Between two looks at pods that share by demand.
    static final Duration WHILE_SHARING = Duration.ofSeconds(3);

    /// Between two looks at a pool where nothing is to be done.
    public static final Duration IDLE = Duration.ofSeconds(30);

    private final DoormanPool pool;
    private final Want want;
    private final Observation seen;
    private final Moment moment;
    private final NextConfig next;
    private final List<Step> steps = new ArrayList<>();
    private List<Standing> waitsFor = List.of();

    private Planner(DoormanPool pool, Want want, Observation seen, Moment moment) {
        this.pool = pool;
        this.want = want;
        this.seen = seen;
        this.moment = moment;
        this.next = new NextConfig(pool, want, seen, moment);
    }

    /// What else a plan depends on.
    ///
    /// @param rejection a refusal that a pod gave a moment ago
    /// @param unresizable why pods could not be resized a moment ago
    public record Moment(
            Instant now,
            Defaults defaults,
            @Nullable Rejection rejection,
            @Nullable String unresizable) {

        /// Nothing was refused by the API server.
        public Moment(Instant now, Defaults defaults, @Nullable Rejection rejection) {
            this(now, defaults, rejection, null);
        }
    }

    /// What the operator was started with.
    ///
    /// @param image what pools run that name no image
    /// @param operatorNamespace where the operator's own pods are
    public record Defaults(String image, String operatorNamespace) {
        /// Where there are no namespaces.
        public static Defaults local(String image) {
            return new Defaults(image, "");
        }
    }

    /// Plans; the same input gives the same plan.
    public static Plan plan(DoormanPool pool, Want want, Observation seen, Moment moment) {
        return new Planner(pool, want, seen, moment).plan();
    }

    private Plan plan() {
        var foreign = Foreign.of(pool, seen.children());
        var live = seen.children().config();
        var before =
                live == null || !Names.isOwned(live, pool) ? null : Known.noted(ConfigMapChild.read(live), want, seen);
        var after = foreign.stream().anyMatch(ConfigMap.class::isInstance) ? null : after(before, foreign);
        if (after == null) {
            if (foreign.isEmpty()) {
                certificate();
            }
            var running = before == null ? List.<Standing>of() : Standings.of(seen.pods(), before.current());
            return new Plan(steps, IDLE, new Situation(want, before, foreign, running, null, false, List.of()));
        }
        var pods = Standings.of(seen.pods(), after.current());
        var isLate = next.isLate(after);
        if (!foreign.isEmpty()) {
            return besideOthers(before, after, foreign, pods);
        }
        Revocation.orders(pods, gone()).forEach(steps::add);
        Grants.orders(pool, after, seen.pods()).forEach(steps::add);
        guard(after);
        passwords(before, pods);
        files(after);
        var behind = reload(after, pods);
        if (!(want instanceof Want.Wrong)) {
            around(after, pods, behind && !isLate);
        }
        beside(after, pods);
        var again = again(after, pods, behind);
        var scaling = Autoscaler.decide(pool, want, seen, pods, moment.now());
        if (scaling.replicas() != null) {
            steps.add(new Step.Scale(scaling.replicas()));
        }
        return new Plan(steps, again, new Situation(want, after, List.of(), pods, scaling.memory(), isLate, waitsFor));
    }

    private @Nullable StoredConfig after(@Nullable StoredConfig before, List<HasMetadata> foreign) {
        if (before == null && !foreign.isEmpty()) {
            return null;
        }
        var stored = Foreign.leavesSecrets(foreign) ? next.after(before, foreign.isEmpty()) : before;
        return stored == null
                ? null
                : Known.noted(Revocation.without(stored, gone(stored, foreign), moment.now()), want, seen);
    }

    private Set<String> gone(StoredConfig stored, List<HasMetadata> foreign) {
        return Foreign.leavesSecrets(foreign) ? gone() : Revocation.gone(stored, seen.access());
    }

    /// Where what pods are told by is ours they are told, whatever else is in the way: who is revoked must not get in
    /// because somebody has a Service by the pool's name. Without its Secrets they are told only who may not enter.
    private Plan besideOthers(
            @Nullable StoredConfig before, StoredConfig after, List<HasMetadata> foreign, List<Standing> pods) {
        Revocation.orders(pods, gone(before == null ? after : before, foreign)).forEach(steps::add);
        Grants.orders(pool, after, seen.pods()).forEach(steps::add);
        if (Foreign.leavesSecrets(foreign)) {
            passwords(before, pods);
            files(after);
        } else {
            apply(seen.children().config(), config(after));
        }
        var behind = reload(after, pods);
        beside(after, pods);
        var again = steps.isEmpty() ? IDLE : again(after, pods, behind);
        return new Plan(steps, again, new Situation(want, after, foreign, pods, null, next.isLate(after), List.of()));
    }

    // Access by consent.

    /// Tenants that are known but not granted any more.
    private Set<String> gone() {
        var users =
                new TreeSet<>(AccessChild.passwords(seen.children().access()).keySet());
        users.removeAll(seen.access().passwords().keySet());
        return users;
    }

    /// Passwords are kept before they are used, and tenants are forgotten only when neither a configuration has them
    /// nor a pod that loads no other.
    private void passwords(@Nullable StoredConfig before, List<Standing> pods) {
        var live = seen.children().access();
        var passwords = AccessChild.passwords(live);
        if (pods.stream().noneMatch(Revocation::loadsNoMore)) {
            passwords.keySet().removeIf(user -> !Revocation.isIn(before, user));
        }
        if (want instanceof Want.Config) {
            seen.access().passwords().forEach((user, password) -> passwords.put(user, password.kept()));
        }
        if (!passwords.isEmpty()) {
            apply(live, AccessChild.passwords(pool, passwords));
        } else {
            remove(live);
        }
    }

    /// What applications get: not before they can log in with it, and not longer than they may.
    private void beside(StoredConfig stored, List<Standing> pods) {
        var isLive = want instanceof Want.Config(var rendered)
                && rendered.hash().equals(stored.current().hash())
                && isRunByAll(pods);
        for (var decision : seen.access().decisions()) {
            var claim = decision.claim();
            var own = seen.access().outputs(claim).stream()
                    .filter(secret -> Names.isOwned(secret, claim))
                    .toList();
            var name = claim.secretName();
            own.stream()
                    .filter(secret -> decision instanceof Decision.Refused
                            || !secret.getMetadata().getName().equals(name))
                    .forEach(this::removeOwn);
            if (isLive && decision instanceof Decision.Granted granted && !Outputs.isBlocked(seen, claim)) {
                apply(Outputs.of(seen, claim), Outputs.wanted(pool, seen, granted));
            }
        }
    }

    private static boolean isRunByAll(List<Standing> pods) {
        var serving = pods.stream()
                .filter(pod -> pod.pod().isReady() && pod.kind() != Kind.TERMINATING)
                .toList();
        return !serving.isEmpty() && serving.stream().allMatch(pod -> pod.kind() == Kind.IN_STEP);
    }

    // Objects.

    /// Secrets first: a pod that has the file must have what it refers to.
    private void files(StoredConfig stored) {
        if (want instanceof Want.Wrong) {
            apply(seen.children().config(), config(stored));
            return;
        }
        Map<String, String> secrets = want instanceof Want.Config(var rendered) ? rendered.secrets() : Map.of();
        apply(seen.children().admin(), SecretChild.admin(pool, seen.adminPassword()));
        apply(
                seen.children().secrets(),
                SecretChild.users(pool, secrets, seen.children().secrets(), stored));
        apply(seen.children().config(), config(stored));
    }

    /// A pod that nobody lets in is in the place of one that may have been left with no more than the least.
    private ConfigMap config(StoredConfig stored) {
        var isUneven = pool.getSpec().budget().sharesByDemand() || Moves.isUneven(seen);
        var least = isUneven ? Shares.floor(Shares.most(stored.current().text())) : null;
        return ConfigMapChild.of(pool, stored, approved(), least);
    }

    /// A spec that is wrong reaches no pod, so what reached them before stays noted.
    private @Nullable String approved() {
        return want instanceof Want.Config
                ? Gated.text(pool.getSpec())
                : ConfigMapChild.approved(seen.children().config());
    }

    private void around(StoredConfig stored, List<Standing> pods, boolean isReloading) {
        // While a refused configuration is wanted, the template stays that of the one in use.
        var live = seen.children().deployment();
        var next = Resize.on(
                pool,
                seen.pods(),
                live,
                Budget.deployment(
                        pool, seen, moment.defaults(), stored.current().bootHash()),
                new Resize.Moment(moment.now(), moment.unresizable()));
        var deployment = Trials.on(
                live, next.deployment(), new Trials.Scope(pool.getSpec().rollout(), pods, moment.now()));
        var adds = adds(live, deployment);
        share(stored, adds);
        var spenders = adds ? Budget.spenders(want, stored, pods) : List.<Standing>of();
        var waits = isReloading || !spenders.isEmpty();
        var pauses = Trials.pauses(live, deployment) && !adds;
        if (!waits || pauses || isPlain(live, deployment)) {
            steps.addAll(next.steps());
            apply(live, deployment);
        } else {
            waitsFor = spenders;
        }
        services();
        apply(seen.children().peers(), PeersChild.of(pool));
        disruption(stored);
        var policy = seen.children().policy();
        if (pool.getSpec().networkPolicy().enabled()) {
            var granted = seen.access().granted().stream()
                    .map(claim -> claim.claim().getMetadata().getNamespace())
                    .collect(Collectors.toCollection(TreeSet::new));
            apply(policy, NetworkPolicyChild.of(pool, granted, moment.defaults().operatorNamespace()));
        } else {
            remove(policy);
        }
        monitor();
        certificate();
    }

    /// Who is let in in the same breath may take what is free.
    private void share(StoredConfig stored, boolean adds) {
        if (steps.stream().noneMatch(Step.Grant.class::isInstance)) {
            var isInFlux = adds || steps.stream().anyMatch(Step.Hold.class::isInstance);
            steps.addAll(Moves.orders(pool, want, stored, seen, isInFlux));
        }
    }

    /// What may be evicted by others.
    private void disruption(StoredConfig stored) {
        var live = seen.children().budget();
        var room = Budget.room(pool, want, seen, new Budget.Moment(stored, moment.defaults()));
        if (!DisruptionBudgetChild.isWanted(pool, room)) {
            remove(live);
        } else if (live == null || Names.isOwned(live, pool)) {
            apply(live, DisruptionBudgetChild.of(pool, room));
        }
    }

    /// Less may be evicted before anything else is done, more when all of it is.
    private void guard(StoredConfig stored) {
        var live = seen.children().budget();
        var room = Budget.room(pool, want, seen, new Budget.Moment(stored, moment.defaults()));
        if (room != null && room < DisruptionBudgetChild.most(live)) {
            disruption(stored);
        }
    }

    private void services() {
        var live = seen.children().service();
        if (pool.getSpec().service().enabled()) {
            apply(live, ServiceChild.of(pool));
        } else {
            remove(live);
        }
        var readOnly = seen.children().readOnly();
        if (pool.getSpec().readOnlyService().enabled()) {
            apply(readOnly, ServiceChild.readOnly(pool));
        } else {
            remove(readOnly);
        }
    }

    private void monitor() {
        var live = seen.children().monitor();
        if (!pool.getSpec().monitoring().podMonitor().enabled()) {
            remove(live);
        } else if (!seen.children().unknownKinds().contains(PodMonitorChild.KIND.getKind())) {
            apply(live, PodMonitorChild.of(pool));
        }
    }

    /// Made before anything else, as pods need what it asks for.
    private void certificate() {
        var live = seen.children().certificate();
        var issuer = pool.getSpec().tls().client().issuerRef();
        if (issuer == null) {
            remove(live);
        } else if (!seen.children().unknownKinds().contains(CertificateChild.KIND.getKind())) {
            apply(live, CertificateChild.of(pool, issuer));
        }
    }

    /// Whether applying would only mend what was applied before.
    private static boolean isPlain(@Nullable Deployment live, Deployment wanted) {
        return live != null
                && Objects.equals(
                        Names.annotation(live, Names.APPLIED_HASH),
                        Names.annotation(Drift.marked(wanted), Names.APPLIED_HASH));
    }

    /// Whether applying would make pods.
    private static boolean adds(@Nullable Deployment live, Deployment wanted) {
        return live == null
                || live.getSpec().getReplicas() < wanted.getSpec().getReplicas()
                || Resizing.replaces(live, wanted);
    }

    private void apply(@Nullable HasMetadata live, HasMetadata wanted) {
        var marked = Drift.marked(wanted);
        if (Drift.isNeeded(live, marked)) {
            steps.add(new Step.Apply(marked));
        }
    }

    private void remove(@Nullable HasMetadata live) {
        if (live != null && Names.isOwned(live, pool)) {
            removeOwn(live);
        }
    }

    /// Some take long to go, or have a finalizer of somebody else: asking once is enough.
    private void removeOwn(HasMetadata live) {
        if (live.getMetadata().getDeletionTimestamp() == null) {
            steps.add(new Step.Remove(live));
        }
    }

    // Reload.

    /// Adds the steps for pods that are behind; tells whether there are such.
    private boolean reload(StoredConfig stored, List<Standing> pods) {
        var behind = pods.stream().filter(pod -> pod.kind() == Kind.BEHIND).toList();
        if (behind.isEmpty() || isHopeless(stored)) {
            return false;
        }
        var target = stored.current().hash();
        var isTried = pods.stream().anyMatch(pod -> pod.kind() == Kind.IN_STEP) || isGoingBack(stored);
        var group = pool.getSpec().reload().canary() && !isTried ? List.of(canary(behind, target)) : behind;
        for (var standing : group) {
            var pod = standing.pod();
            if (!target.equals(pod.toldHash())) {
                steps.add(new Step.Nudge(pod.name(), target));
            }
            if (pod.ip() != null) {
                steps.add(new Step.Reload(pod.name(), pod.ip(), target, stored.generation()));
            }
        }
        return true;
    }

    /// A pod refused what others may have loaded.
    private static boolean isGoingBack(StoredConfig stored) {
        return stored.rejected() != null && !stored.rejected().isTriedAgain();
    }

    /// Refused, and nothing good is known to go back to: asking again at once would get the same answer.
    private static boolean isHopeless(StoredConfig stored) {
        return stored.isRefused(stored.current().hash());
    }

    /// The one that was chosen before, else a ready one; by name, so that each look chooses the same.
    private static Standing canary(List<Standing> behind, String target) {
        return behind.stream()
                .min(Comparator.comparing((Standing standing) ->
                                !target.equals(standing.pod().toldHash()))
                        .thenComparing(standing -> !standing.pod().isReady())
                        .thenComparing(standing -> standing.pod().name()))
                .orElseThrow();
    }

    private Duration again(StoredConfig stored, List<Standing> pods, boolean isBehind) {
        if (isBehind) {
            var isFresh = moment.now().isBefore(stored.writtenAt().plusSeconds(5));
            return isFresh ? WHILE_RELOADING : WHILE_WORKING;
        }
        var isSettled = steps.isEmpty()
                && pods.stream().allMatch(pod -> pod.kind() == Kind.IN_STEP)
                && pods.size() == pool.getSpec().replicas()
                && waitsFor.isEmpty()
                && ResizeNote.on(seen.children().deployment()) == null;
        return isSettled || want instanceof Want.Unresolved || want instanceof Want.Wrong
                ? seen.access().nextExchange(moment.now(), idle())
                : WHILE_WORKING;
    }

    /// Only pods themselves tell what they need.
    private Duration idle() {
        return pool.getSpec().budget().sharesByDemand() ? WHILE_SHARING : IDLE;
    }
}
