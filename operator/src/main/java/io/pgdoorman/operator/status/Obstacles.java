package io.pgdoorman.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.child.Canary;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.ResizeNote;
import io.pgdoorman.operator.child.Resizing;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.Observation.Missing;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Plan.Situation;
import io.pgdoorman.operator.plan.Resize;
import io.pgdoorman.operator.plan.Standing;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.plan.Step;
import io.pgdoorman.operator.plan.Want;
import io.pgdoorman.operator.render.Shares;
import io.pgdoorman.operator.status.StatusMaker.Circumstances;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What keeps a pool from being ready: what only a person can mend, else what is going on or waits.
final class Obstacles {

    private final DoormanPool pool;
    private final Observation seen;
    private final Plan plan;
    private final Situation situation;
    private final Circumstances circumstances;

    Obstacles(DoormanPool pool, Observation seen, Plan plan, Circumstances circumstances) {
        this.pool = pool;
        this.seen = seen;
        this.plan = plan;
        this.situation = plan.situation();
        this.circumstances = circumstances;
    }

    /// One of them.
    record Obstacle(String reason, String message) {}

    /// What only a person can mend.
    @Nullable
    Obstacle stalled() {
        if (!situation.foreign().isEmpty()) {
            return new Obstacle(Reasons.CHILD_CONFLICT, conflict(situation.foreign()));
        }
        if (!circumstances.refused().isEmpty()) {
            return new Obstacle(Reasons.INVALID_CONFIG, text(circumstances.refused()) + "; pods stay as they are");
        }
        return switch (situation.want()) {
            case Want.Wrong(var problems) ->
                new Obstacle(
                        problems.stream().allMatch(Shares::isTooSmall)
                                ? Reasons.BUDGET_TOO_SMALL
                                : Reasons.INVALID_CONFIG,
                        text(problems) + "; the last good configuration stays in use");
            case Want.Unresolved(var missing) when isIssuing(missing) -> null;
            case Want.Unresolved(var missing) ->
                new Obstacle(Reasons.SECRET_MISSING, Missing.texts(missing) + "; running pods keep what they have");
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

    private @Nullable Obstacle refusedOrStuck() {
        var stored = situation.stored();
        var rejected = stored == null ? null : stored.rejected();
        if (rejected != null) {
            return new Obstacle(
                    Reasons.RELOAD_REJECTED,
                    "pod " + rejected.pod() + " refused the configuration: " + rejected.faults()
                            + "; the last good configuration stays in use");
        }
        for (var pod : situation.pods(Kind.STARTING)) {
            if (pod.reason().contains("ImagePull") || pod.reason().contains("InvalidImageName")) {
                return new Obstacle(Reasons.IMAGE_PULL, "pod " + pod.pod().name() + ": " + pod.reason());
            }
        }
        var failure = Rollback.failure(seen.children().deployment());
        if (failure != null) {
            return new Obstacle(
                    Reasons.PROGRESS_DEADLINE_EXCEEDED,
                    "pods of the newest template did not become ready within "
                            + pool.getSpec().rollout().progressDeadline() + ": " + failure
                            + "; the last good template is in use again, change the spec to try another");
        }
        return Rollback.isStuck(seen.children().deployment())
                ? new Obstacle(
                        Reasons.PROGRESS_DEADLINE_EXCEEDED,
                        "no pod became ready within " + pool.getSpec().rollout().progressDeadline() + ": "
                                + names(situation.pods(Kind.STARTING)))
                : null;
    }

    /// What keeps the pods from running this generation.
    @Nullable
    Obstacle open() {
        if (pool.isPaused() && !plan.steps().isEmpty()) {
            return new Obstacle(
                    Reasons.PAUSED,
                    plan.steps().size() + " changes wait: annotation " + DoormanPool.PAUSED + " is true");
        }
        var work = work();
        var pending = circumstances.pending();
        if (pool.getSpec().rollout().paused() && (work == null || work.reason().equals(Reasons.ROLLING_OUT))) {
            var held = held();
            return held == null ? work : new Obstacle(Reasons.PAUSED, held);
        }
        return work == null && pending != null
                ? new Obstacle(
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
    private @Nullable Obstacle work() {
        if (situation.want() instanceof Want.Unresolved(var missing)) {
            return new Obstacle(Reasons.ISSUING_CERTIFICATE, Missing.texts(missing));
        }
        if (seen.children().deployment() == null) {
            return new Obstacle(Reasons.CREATING_CHILDREN, "objects are being made");
        }
        var behind = situation.pods(Kind.BEHIND);
        var silent = situation.pods(Kind.SILENT);
        if (!behind.isEmpty() || !silent.isEmpty()) {
            return new Obstacle(
                    Reasons.RELOADING_CONFIG,
                    "waiting for " + names(behind.isEmpty() ? silent : behind)
                            + (situation.isLate()
                                    ? ", for longer than "
                                            + pool.getSpec().reload().timeout()
                                    : ""));
        }
        if (!situation.waitsFor().isEmpty()) {
            return new Obstacle(
                    Reasons.ROLLING_OUT,
                    "budget.maxServerConnections: no pod is added before these let go of server connections: "
                            + names(situation.waitsFor()) + notInPlace());
        }
        var resize = resize();
        if (resize != null) {
            return new Obstacle(Reasons.RESIZING, Resize.progress(resize, seen.pods()));
        }
        if (plan.steps().stream().anyMatch(Obstacles::isDeployed)) {
            return new Obstacle(Reasons.ROLLING_OUT, "the Deployment is being changed");
        }
        var old = situation.pods(Kind.TO_BE_REPLACED);
        if (!old.isEmpty() || !isRolledOut()) {
            return new Obstacle(Reasons.ROLLING_OUT, rollout());
        }
        var running = situation.pods(Kind.IN_STEP).size();
        return running == pool.getSpec().replicas()
                ? null
                : new Obstacle(
                        Reasons.ROLLING_OUT, running + " of " + pool.getSpec().replicas() + " pods run");
    }

    /// What is under way, or about to be.
    private @Nullable ResizeNote resize() {
        var live = ResizeNote.on(seen.children().deployment());
        return live != null
                ? live
                : plan.steps().stream()
                        .map(step -> step instanceof Step.Apply(Deployment next) ? ResizeNote.on(next) : null)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
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

    private String notInPlace() {
        var why = Resizing.refusal(seen.children().deployment());
        return why == null ? "" : "; resources could not be changed in place: " + why;
    }

    private String rollout() {
        return deployment().map(status -> count(status.getUpdatedReplicas())).orElse(0) + " of "
                + pool.getSpec().replicas() + " pods have the newest template"
                + (Canary.older(seen.children().deployment()) == null
                        ? ""
                        : "; others follow when " + pool.getSpec().rollout().canaryPods()
                                + " have been ready for "
                                + pool.getSpec().rollout().canarySoak())
                + notInPlace();
    }

    static String names(List<Standing> pods) {
        return pods.isEmpty()
                ? "pods"
                : pods.stream()
                        .limit(5)
                        .map(pod -> "pod " + pod.pod().name() + " (" + pod.reason() + ")")
                        .collect(Collectors.joining(", "));
    }

    /// What its controller says, if it has looked.
    Optional<DeploymentStatus> deployment() {
        return Optional.ofNullable(seen.children().deployment())
                .map(Deployment::getStatus)
                .filter(status -> status.getUpdatedReplicas() != null);
    }
}
