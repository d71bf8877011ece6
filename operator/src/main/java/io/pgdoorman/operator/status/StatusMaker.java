package io.pgdoorman.operator.status;

import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Config;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Endpoints;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Pending;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Pod;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.Upgrade;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.Observation.Missing;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Plan.Situation;
import io.pgdoorman.operator.plan.Standing;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.plan.Want;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the status of one pool. Ready means: the spec of this generation is what every serving pod runs.
public final class StatusMaker {

    static final String TERMINATING = "Terminating";

    private final DoormanPool pool;
    private final Observation seen;
    private final Situation situation;
    private final Conditions conditions;
    private final Circumstances circumstances;
    private final Progress progress;
    private final Obstacles obstacles;
    private final BudgetSeen budget;

    /// What else a status tells.
    ///
    /// @param defaultImage what pools run that name no image
    /// @param pending what waits for approval, null if nothing does
    /// @param held what waits for the end of `rollout.paused`
    /// @param refused objects that the API server would not have
    public record Circumstances(
            String defaultImage, Instant now, @Nullable Pending pending, List<String> held, List<Problem> refused) {}

    private StatusMaker(DoormanPool pool, Observation seen, Plan plan, Circumstances circumstances) {
        this.pool = pool;
        this.seen = seen;
        this.situation = plan.situation();
        this.circumstances = circumstances;
        this.progress = new Progress(pool, seen, situation, circumstances.now());
        this.obstacles = new Obstacles(pool, seen, plan, circumstances);
        this.budget = new BudgetSeen(pool, seen, situation.want());
        var before = pool.getStatus();
        this.conditions = new Conditions(
                before == null ? List.of() : before.conditions(),
                pool.getMetadata().getGeneration(),
                circumstances.now());
    }

    /// The status after a plan; `pool` carries the one before.
    public static DoormanPoolStatus make(DoormanPool pool, Observation seen, Plan plan, Circumstances circumstances) {
        return new StatusMaker(pool, seen, plan, circumstances).make();
    }

    private DoormanPoolStatus make() {
        var deployed = obstacles.deployment();
        var ready = (int) situation.pods().stream()
                .filter(pod -> pod.pod().isReady() && pod.kind() != Kind.TERMINATING)
                .count();
        conditions(ready);
        return new DoormanPoolStatus(
                pool.getMetadata().getGeneration(),
                (int) situation.pods().stream().filter(Standing::counts).count(),
                ready,
                deployed.map(DeploymentStatus::getUpdatedReplicas).orElse(0),
                situation.pods(Kind.TERMINATING).size(),
                ready + "/" + pool.getSpec().replicas(),
                Names.POOL_LABEL + "=" + pool.getMetadata().getName(),
                Upgrade.image(pool, seen.children().deployment(), circumstances.defaultImage()),
                config(),
                progress.rollout(),
                progress.secrets(acked()),
                budget.split(),
                situation.autoscaling(),
                circumstances.pending(),
                upgrade(),
                outOfStep(),
                endpoints(),
                conditions.list());
    }

    private Config config() {
        var stored = situation.stored();
        var acked = acked();
        var total = (int) situation.pods().stream().filter(Standing::counts).count();
        var rejected = rejected();
        var desired = situation.want() instanceof Want.Config(var rendered) ? rendered.hash() : null;
        return new Config(
                desired,
                stored == null ? 0 : stored.generation(),
                acked,
                total,
                acked + "/" + total,
                rejected == null ? null : rejected.pod(),
                progress.lastReloadTime(acked, total));
    }

    /// Pods that said they run what the spec asks for; what they should go on with while that cannot be told.
    private int acked() {
        var stored = situation.stored();
        var hash = situation.want() instanceof Want.Config(var rendered)
                ? rendered.hash()
                : stored == null ? "" : stored.current().hash();
        return (int) situation.pods().stream()
                .filter(Standing::counts)
                .filter(pod -> pod.pod().answer() instanceof State state && hash.equals(state.loadedHash()))
                .count();
    }

    private StoredConfig.@Nullable Rejection rejected() {
        var stored = situation.stored();
        return stored == null ? null : stored.rejected();
    }

    private List<Pod> outOfStep() {
        return situation.pods().stream()
                .filter(pod -> pod.kind() != Kind.IN_STEP)
                .limit(DoormanPoolStatus.PODS_SHOWN)
                .map(pod -> new Pod(
                        pod.pod().name(),
                        pod.pod().answer() instanceof State state ? state.loadedHash() : null,
                        word(pod),
                        pod.reason(),
                        pod.pod().clientsLeft()))
                .toList();
    }

    private static String word(Standing pod) {
        return switch (pod.kind()) {
            case IN_STEP, BEHIND, TO_BE_REPLACED -> "Ready";
            case TERMINATING -> TERMINATING;
            case STARTING -> pod.pod().ip() == null ? "Pending" : "Starting";
            case SILENT -> "Unreachable";
        };
    }

    private DoormanPoolStatus.@Nullable Upgrade upgrade() {
        var stored = situation.stored();
        return stored == null || situation.want() instanceof Want.Wrong
                ? null
                : Upgrade.offer(
                        pool,
                        seen.children().deployment(),
                        new Upgrade.Newest(
                                circumstances.defaultImage(), stored.current().bootHash()));
    }

    private @Nullable Endpoints endpoints() {
        var spec = pool.getSpec();
        var usual = spec.service().enabled() ? endpoint(Names.main(pool)) : null;
        var readOnly = spec.readOnlyService().enabled() ? endpoint(Names.readOnly(pool)) : null;
        return usual == null && readOnly == null ? null : new Endpoints(usual, readOnly);
    }

    private String endpoint(String service) {
        return service + "." + pool.getMetadata().getNamespace() + ".svc:"
                + pool.getSpec().port();
    }

    // Conditions.

    private void conditions(int ready) {
        var stalled = obstacles.stalled();
        var work = stalled == null ? obstacles.open() : null;
        if (stalled != null) {
            conditions.add(Reasons.READY, false, readyReason(stalled.reason()), stalled.message());
        } else if (work != null) {
            conditions.add(Reasons.READY, false, readyReason(work.reason()), work.message());
        } else {
            conditions.add(Reasons.READY, true, Reasons.ALL_PODS_IN_SYNC, "every pod runs this generation");
        }
        if (work != null && !work.reason().equals(Reasons.PAUSED)) {
            conditions.add(Reasons.RECONCILING, true, work.reason(), work.message());
        }
        if (stalled != null) {
            conditions.add(Reasons.STALLED, true, stalled.reason(), stalled.message());
        }
        if (pool.isPaused()) {
            conditions.add(Reasons.PAUSED, true, Reasons.USER_REQUESTED, "the operator looks and changes nothing");
        } else if (pool.getSpec().rollout().paused()) {
            conditions.add(Reasons.PAUSED, true, Reasons.USER_REQUESTED, "rollout.paused: no pod is replaced");
        }
        pausedDatabases();
        available(ready);
        configApplied();
        secretsResolved();
        budget.tell(conditions);
        new ServersSeen(situation.pods()).tell(conditions);
        new ForeignSeen(pool, seen.children()).tell(conditions);
    }

    private static String readyReason(String reason) {
        return switch (reason) {
            case Reasons.INVALID_CONFIG, Reasons.BUDGET_TOO_SMALL -> Reasons.INVALID_CONFIG;
            case Reasons.SECRET_MISSING, Reasons.CHILD_CONFLICT, Reasons.ISSUING_CERTIFICATE ->
                Reasons.DEPENDENCY_MISSING;
            case Reasons.RELOAD_REJECTED, Reasons.RELOADING_CONFIG -> Reasons.CONFIG_NOT_ACKNOWLEDGED;
            case Reasons.PAUSED, Reasons.APPROVAL_PENDING -> reason;
            case Reasons.ROLLING_OUT, Reasons.RESIZING, Reasons.PROGRESS_DEADLINE_EXCEEDED ->
                Reasons.ROLLOUT_IN_PROGRESS;
            default -> Reasons.WAITING_FOR_PODS;
        };
    }

    /// Told when all pods have it: from then on no transaction begins.
    private void pausedDatabases() {
        var pause = pool.getSpec().pause();
        var counting = situation.pods().stream().filter(Standing::counts).count();
        if (!pause.asksAny()
                || pool.isPaused()
                || pool.getSpec().rollout().paused()
                || !(situation.want() instanceof Want.Config)
                || acked() < counting) {
            return;
        }
        var names = pause.databases();
        conditions.add(
                Reasons.PAUSED,
                true,
                Reasons.USER_REQUESTED,
                "no transaction begins in "
                        + (pause.all() || names == null ? "any database" : String.join(", ", names))
                        + ": spec.pause; " + counting + " pods have acknowledged it");
    }

    private void available(int ready) {
        var wanted = pool.getSpec().replicas();
        var least =
                wanted == 0 ? 0 : Math.max(1, wanted - pool.getSpec().rollout().maxUnavailable());
        if (ready >= least) {
            conditions.add(Reasons.AVAILABLE, true, Reasons.MINIMUM_PODS_READY, ready + " pods accept clients");
        } else {
            conditions.add(
                    Reasons.AVAILABLE,
                    false,
                    ready == 0 ? Reasons.NO_PODS : Reasons.TOO_FEW_PODS,
                    ready + " of at least " + least + " pods accept clients");
        }
    }

    private void configApplied() {
        var counting = situation.pods().stream().filter(Standing::counts).toList();
        var acked = acked();
        var rejected = rejected();
        if (rejected != null) {
            conditions.add(
                    Reasons.CONFIG_APPLIED,
                    false,
                    Reasons.REJECTED,
                    "pod " + rejected.pod() + ": " + rejected.faults());
        } else if (!(situation.want() instanceof Want.Config)) {
            conditions.add(
                    Reasons.CONFIG_APPLIED,
                    false,
                    Reasons.PARTIALLY_ACKNOWLEDGED,
                    "no configuration can be made of this spec; " + acked + " pods run the one before");
        } else if (acked == counting.size() && (acked > 0 || pool.getSpec().replicas() == 0)) {
            conditions.add(Reasons.CONFIG_APPLIED, true, Reasons.ACKNOWLEDGED, acked + " pods run it");
        } else if (!situation.pods(Kind.SILENT).isEmpty()) {
            conditions.add(
                    Reasons.CONFIG_APPLIED,
                    false,
                    Reasons.PODS_UNREACHABLE,
                    "no answer from " + Obstacles.names(situation.pods(Kind.SILENT)));
        } else {
            conditions.add(
                    Reasons.CONFIG_APPLIED,
                    false,
                    Reasons.PARTIALLY_ACKNOWLEDGED,
                    acked + " of " + counting.size() + " pods run it");
        }
    }

    private void secretsResolved() {
        if (situation.want() instanceof Want.Unresolved(var missing)) {
            var hasAll = missing.stream().allMatch(Missing::hasSecret);
            conditions.add(
                    Reasons.SECRETS_RESOLVED,
                    false,
                    hasAll ? Reasons.KEY_MISSING : Reasons.NOT_FOUND,
                    Missing.texts(missing));
            return;
        }
        var ending = Expiry.text(pool.getSpec(), seen.references(), circumstances.now());
        if (ending.isPresent()) {
            conditions.add(Reasons.SECRETS_RESOLVED, true, Reasons.CERTIFICATE_EXPIRING, ending.get());
        } else {
            conditions.add(Reasons.SECRETS_RESOLVED, true, Reasons.RESOLVED, "all references lead to a value");
        }
    }
}
