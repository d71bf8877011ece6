package io.pgdoorman.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Config;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Endpoints;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Pending;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Pod;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.child.Canary;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.Upgrade;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.Observation.Missing;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Plan.Situation;
import io.pgdoorman.operator.plan.Standing;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.plan.Step;
import io.pgdoorman.operator.plan.Want;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.Shares;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes the status of one pool. Ready means: the spec of this generation is what every serving pod runs.
public final class StatusMaker {

    static final String TERMINATING = "Terminating";

    private final DoormanPool pool;
    private final Observation seen;
    private final Plan plan;
    private final Situation situation;
    private final Conditions conditions;
    private final Circumstances circumstances;
    private final Progress progress;
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
        this.plan = plan;
        this.situation = plan.situation();
        this.circumstances = circumstances;
        this.progress = new Progress(pool, seen, situation, circumstances.now());
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
        var deployed = deployment();
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

    private Optional<DeploymentStatus> deployment() {
        return Optional.ofNullable(seen.children().deployment())
                .map(Deployment::getStatus)
                .filter(status -> status.getUpdatedReplicas() != null);
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
        var stalled = stalled();
        var work = stalled == null ? open() : null;
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

    private record Finding(String reason, String message) {}

    private static String readyReason(String reason) {
        return switch (reason) {
            case Reasons.INVALID_CONFIG, Reasons.BUDGET_TOO_SMALL -> Reasons.INVALID_CONFIG;
            case Reasons.SECRET_MISSING, Reasons.CHILD_CONFLICT, Reasons.ISSUING_CERTIFICATE ->
                Reasons.DEPENDENCY_MISSING;
            case Reasons.RELOAD_REJECTED, Reasons.RELOADING_CONFIG -> Reasons.CONFIG_NOT_ACKNOWLEDGED;
            case Reasons.PAUSED, Reasons.APPROVAL_PENDING -> reason;
            case Reasons.ROLLING_OUT, Reasons.PROGRESS_DEADLINE_EXCEEDED -> Reasons.ROLLOUT_IN_PROGRESS;
            default -> Reasons.WAITING_FOR_PODS;
        };
    }

    /// What only a person can mend.
    private @Nullable Finding stalled() {
        if (!situation.foreign().isEmpty()) {
            return new Finding(Reasons.CHILD_CONFLICT, conflict(situation.foreign()));
        }
        if (!circumstances.refused().isEmpty()) {
            return new Finding(Reasons.INVALID_CONFIG, text(circumstances.refused()) + "; pods stay as they are");
        }
        return switch (situation.want()) {
            case Want.Wrong(var problems) ->
                new Finding(
                        problems.stream().allMatch(Shares::isTooSmall)
                                ? Reasons.BUDGET_TOO_SMALL
                                : Reasons.INVALID_CONFIG,
                        text(problems) + "; the last good configuration stays in use");
            case Want.Unresolved(var missing) when isIssuing(missing) -> null;
            case Want.Unresolved(var missing) ->
                new Finding(Reasons.SECRET_MISSING, missing(missing) + "; running pods keep what they have");
            case Want.Config _ -> refusedOrStuck();
        };
    }

    /// What is missing comes by itself.
    private boolean isIssuing(List<Missing> missing) {
        return missing.stream().allMatch(one -> one.ref().name().equals(SecretRef.ISSUED))
                && !seen.children().unknownKinds().contains(CertificateChild.KIND.getKind());
    }

    private static String conflict(List<HasMetadata> foreign) {
        return foreign.stream()
                        .map(child ->
                                child.getKind() + " " + child.getMetadata().getName())
                        .collect(Collectors.joining(", "))
                + " is not this pool's and is left alone: rename the pool or remove it";
    }

    private static String text(List<Problem> problems) {
        return problems.stream().map(Problem::toString).collect(Collectors.joining("; "));
    }

    private static String missing(List<Missing> missing) {
        return missing.stream().map(Missing::text).collect(Collectors.joining("; "));
    }

    private @Nullable Finding refusedOrStuck() {
        var rejected = rejected();
        if (rejected != null) {
            return new Finding(
                    Reasons.RELOAD_REJECTED,
                    "pod " + rejected.pod() + " refused the configuration: " + rejected.faults()
                            + "; the last good configuration stays in use");
        }
        for (var pod : situation.pods(Kind.STARTING)) {
            if (pod.reason().contains("ImagePull") || pod.reason().contains("InvalidImageName")) {
                return new Finding(Reasons.IMAGE_PULL, "pod " + pod.pod().name() + ": " + pod.reason());
            }
        }
        var failure = Rollback.failure(seen.children().deployment());
        if (failure != null) {
            return new Finding(
                    Reasons.PROGRESS_DEADLINE_EXCEEDED,
                    "pods of the newest template did not become ready within "
                            + pool.getSpec().rollout().progressDeadline() + ": " + failure
                            + "; the last good template is in use again, change the spec to try another");
        }
        return Rollback.isStuck(seen.children().deployment())
                ? new Finding(
                        Reasons.PROGRESS_DEADLINE_EXCEEDED,
                        "no pod became ready within " + pool.getSpec().rollout().progressDeadline() + ": "
                                + names(situation.pods(Kind.STARTING)))
                : null;
    }

    /// What keeps the pods from running this generation.
    private @Nullable Finding open() {
        if (pool.isPaused() && !plan.steps().isEmpty()) {
            return new Finding(
                    Reasons.PAUSED,
                    plan.steps().size() + " changes wait: annotation " + DoormanPool.PAUSED + " is true");
        }
        var work = work();
        var pending = circumstances.pending();
        if (pool.getSpec().rollout().paused() && (work == null || work.reason().equals(Reasons.ROLLING_OUT))) {
            var held = held();
            return held == null ? work : new Finding(Reasons.PAUSED, held);
        }
        return work == null && pending != null
                ? new Finding(
                        Reasons.APPROVAL_PENDING,
                        "a change (" + pending.effect() + ") waits for annotation " + DoormanPool.APPROVE_HASH + "="
                                + pending.hash())
                : work;
    }

    /// What `rollout.paused` holds back, null if that is nothing.
    private @Nullable String held() {
        var isHalfway = deployment()
                .filter(status -> count(status.getUpdatedReplicas()) < count(status.getReplicas()))
                .isPresent();
        if (circumstances.held().isEmpty() && !isHalfway) {
            return null;
        }
        return "rollout.paused is true"
                + (isHalfway ? "; " + rollout() : "")
                + (circumstances.held().isEmpty() ? "" : "; what waits: " + String.join("; ", circumstances.held()));
    }

    /// What is going on.
    private @Nullable Finding work() {
        if (situation.want() instanceof Want.Unresolved(var missing)) {
            return new Finding(Reasons.ISSUING_CERTIFICATE, missing(missing));
        }
        if (seen.children().deployment() == null) {
            return new Finding(Reasons.CREATING_CHILDREN, "objects are being made");
        }
        var behind = situation.pods(Kind.BEHIND);
        var silent = situation.pods(Kind.SILENT);
        if (!behind.isEmpty() || !silent.isEmpty()) {
            return new Finding(
                    Reasons.RELOADING_CONFIG,
                    "waiting for " + names(behind.isEmpty() ? silent : behind)
                            + (situation.isLate()
                                    ? ", for longer than "
                                            + pool.getSpec().reload().timeout()
                                    : ""));
        }
        if (!situation.waitsFor().isEmpty()) {
            return new Finding(
                    Reasons.ROLLING_OUT,
                    "budget.maxServerConnections: no pod is added before these let go of server connections: "
                            + names(situation.waitsFor()));
        }
        if (plan.steps().stream().anyMatch(StatusMaker::isDeployed)) {
            return new Finding(Reasons.ROLLING_OUT, "the Deployment is being changed");
        }
        var old = situation.pods(Kind.TO_BE_REPLACED);
        if (!old.isEmpty() || !isRolledOut()) {
            return new Finding(Reasons.ROLLING_OUT, rollout());
        }
        var running = situation.pods(Kind.IN_STEP).size();
        return running == pool.getSpec().replicas()
                ? null
                : new Finding(
                        Reasons.ROLLING_OUT, running + " of " + pool.getSpec().replicas() + " pods run");
    }

    private static boolean isDeployed(Step step) {
        return step instanceof Step.Apply(var child) && child instanceof Deployment;
    }

    private boolean isRolledOut() {
        var deployment = Objects.requireNonNull(seen.children().deployment());
        var status = deployment.getStatus();
        var wanted = pool.getSpec().replicas();
        return status != null
                && Objects.equals(
                        status.getObservedGeneration(), deployment.getMetadata().getGeneration())
                && count(status.getUpdatedReplicas()) == wanted
                && count(status.getReplicas()) == wanted;
    }

    private static int count(@Nullable Integer number) {
        return number == null ? 0 : number;
    }

    private String rollout() {
        return deployment().map(status -> count(status.getUpdatedReplicas())).orElse(0) + " of "
                + pool.getSpec().replicas() + " pods have the newest template"
                + (Canary.older(seen.children().deployment()) == null
                        ? ""
                        : "; others follow when " + pool.getSpec().rollout().canaryPods()
                                + " have been ready for "
                                + pool.getSpec().rollout().canarySoak());
    }

    private static String names(List<Standing> pods) {
        return pods.isEmpty()
                ? "pods"
                : pods.stream()
                        .limit(5)
                        .map(pod -> "pod " + pod.pod().name() + " (" + pod.reason() + ")")
                        .collect(Collectors.joining(", "));
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
                    "no answer from " + names(situation.pods(Kind.SILENT)));
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
                    missing(missing));
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
