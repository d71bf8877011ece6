package io.pgdoorman.operator.status;

import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Events from the difference of two statuses: one per transition, none per pass.
public final class Transitions {

    private final List<Condition> before;
    private final List<Condition> after;
    private final List<Happening> happenings = new ArrayList<>();

    private Transitions(@Nullable DoormanPoolStatus before, DoormanPoolStatus after) {
        this.before = before == null ? List.of() : before.conditions();
        this.after = after.conditions();
    }

    /// What began between two statuses.
    public static List<Happening> between(@Nullable DoormanPoolStatus before, DoormanPoolStatus after) {
        var transitions = new Transitions(before, after);
        transitions.configuration(before, after);
        transitions.pending(before, after);
        transitions.upgrade(before, after);
        transitions.scaled(before, after);
        transitions.rollout();
        transitions.drained(before, after);
        transitions.stalled();
        transitions.expiring();
        transitions.servers();
        transitions.budget();
        return List.copyOf(transitions.happenings);
    }

    /// What began between two statuses of a claim.
    public static List<Happening> between(
            @Nullable DoormanDatabaseAccessStatus before, DoormanDatabaseAccessStatus after) {
        var was = before == null ? Optional.<Condition>empty() : Conditions.find(before.conditions(), Reasons.READY);
        var is = Conditions.find(after.conditions(), Reasons.READY).orElseThrow();
        var wasReady = was.filter(Condition::isTrue).isPresent();
        if (is.isTrue()) {
            return wasReady
                    ? exchanged(before, after)
                    : List.of(new Happening(false, "AccessGranted", "Grant", is.message()));
        }
        if (is.reason().equals(Reasons.WAITING_FOR_PODS)
                || was.filter(then -> then.reason().equals(is.reason())).isPresent()) {
            return List.of();
        }
        return List.of(new Happening(true, wasReady ? "AccessRevoked" : "AccessRefused", "Grant", is.message()));
    }

    private static List<Happening> exchanged(
            @Nullable DoormanDatabaseAccessStatus before, DoormanDatabaseAccessStatus after) {
        var then = before == null ? null : before.rotation();
        var now = after.rotation();
        var was = then == null ? null : then.previousUntil();
        var is = now == null ? null : now.previousUntil();
        if (is != null && was == null) {
            return List.of(new Happening(
                    false,
                    "PasswordRotated",
                    "Rotate",
                    "Secret " + after.secretName() + " has a new password; the one before lets in until " + is));
        }
        if (is == null && was != null && then != null) {
            return List.of(new Happening(
                    false,
                    "PasswordRetired",
                    "Rotate",
                    "the password before lets in no more; " + Objects.requireNonNullElse(then.previousLogins(), 0L)
                            + " logins were made by it"));
        }
        return List.of();
    }

    private void configuration(@Nullable DoormanPoolStatus before, DoormanPoolStatus after) {
        var hash = after.config().desiredHash();
        var isNew = before != null
                && hash != null
                && find(after, Reasons.CONFIG_APPLIED).filter(Condition::isTrue).isPresent()
                && (!hash.equals(before.config().desiredHash())
                        || find(before, Reasons.CONFIG_APPLIED)
                                .filter(Condition::isTrue)
                                .isEmpty());
        if (isNew && after.config().totalPods() > 0) {
            happenings.add(new Happening(
                    false, "ConfigReloaded", "Reload", after.config().totalPods() + " pods run configuration " + hash));
        }
    }

    private static Optional<Condition> find(DoormanPoolStatus status, String type) {
        return Conditions.find(status.conditions(), type);
    }

    private void pending(@Nullable DoormanPoolStatus before, DoormanPoolStatus after) {
        var now = after.pending();
        var then = before == null ? null : before.pending();
        if (now != null && (then == null || !then.hash().equals(now.hash()))) {
            happenings.add(new Happening(
                    false,
                    Reasons.APPROVAL_PENDING,
                    "Approve",
                    "a change (" + now.effect() + ") waits for annotation " + DoormanPool.APPROVE_HASH + "="
                            + now.hash()));
        }
    }

    private void upgrade(@Nullable DoormanPoolStatus before, DoormanPoolStatus after) {
        var now = after.upgrade();
        if (now != null && (before == null || !now.equals(before.upgrade()))) {
            happenings.add(new Happening(
                    false,
                    "UpgradeAvailable",
                    "Upgrade",
                    "image " + now.image() + " waits for annotation " + DoormanPool.ACCEPT_UPGRADE + "=" + now.hash()));
        }
    }

    private void scaled(@Nullable DoormanPoolStatus before, DoormanPoolStatus after) {
        var now = after.autoscaling();
        var then = before == null ? null : before.autoscaling();
        if (now != null
                && now.lastScale() != null
                && (then == null || !Objects.equals(now.lastScaleTime(), then.lastScaleTime()))) {
            happenings.add(new Happening(false, "Autoscaled", "Scale", now.lastScale()));
        }
    }

    private void rollout() {
        var was = isRollingOut(before);
        var is = isRollingOut(after);
        if (!was && is) {
            happenings.add(new Happening(false, "RolloutStarted", "Rollout", message(Reasons.RECONCILING)));
        }
        var isReady = Conditions.find(after, Reasons.READY).filter(Condition::isTrue);
        if (was && isReady.isPresent()) {
            happenings.add(new Happening(false, "RolloutCompleted", "Rollout", message(Reasons.READY)));
        }
    }

    private static boolean isRollingOut(List<Condition> conditions) {
        return Conditions.find(conditions, Reasons.RECONCILING)
                .filter(condition -> condition.reason().equals(Reasons.ROLLING_OUT)
                        || condition.reason().equals(Reasons.CREATING_CHILDREN))
                .isPresent();
    }

    private String message(String type) {
        return Conditions.find(after, type).map(Condition::message).orElse("");
    }

    /// Pods that left are those that are told of no more, where all are.
    private void drained(@Nullable DoormanPoolStatus before, DoormanPoolStatus after) {
        if (before == null || after.pods().size() == DoormanPoolStatus.PODS_SHOWN) {
            return;
        }
        var there = after.pods().stream().map(DoormanPoolStatus.Pod::name).collect(Collectors.toSet());
        for (var pod : before.pods()) {
            if (pod.state().equals(StatusMaker.TERMINATING) && !there.contains(pod.name())) {
                var left = pod.clientsLeft();
                happenings.add(new Happening(
                        false,
                        "PodDrained",
                        "Drain",
                        "pod " + pod.name() + " has left"
                                + (left == null ? "" : "; when it was last asked it had " + left + " clients")));
            }
        }
    }

    private void stalled() {
        var now = Conditions.find(after, Reasons.STALLED);
        var then = Conditions.find(before, Reasons.STALLED);
        if (now.isEmpty()) {
            return;
        }
        var isSame = then.filter(
                        condition -> condition.reason().equals(now.get().reason())
                                && (isCounted(condition.reason())
                                        || condition.message().equals(now.get().message())))
                .isPresent();
        if (!isSame) {
            var reason = now.get().reason();
            happenings.add(
                    new Happening(true, word(reason), "Reconcile", now.get().message()));
        }
    }

    private void expiring() {
        var told = Conditions.find(before, Reasons.SECRETS_RESOLVED).filter(Transitions::isExpiring);
        Conditions.find(after, Reasons.SECRETS_RESOLVED)
                .filter(Transitions::isExpiring)
                .filter(now -> told.isEmpty() || !told.get().message().equals(now.message()))
                .ifPresent(now ->
                        happenings.add(new Happening(true, Reasons.CERTIFICATE_EXPIRING, "Reconcile", now.message())));
    }

    private void servers() {
        var was = isFalse(before, Reasons.SERVERS_REACHABLE);
        var is = isFalse(after, Reasons.SERVERS_REACHABLE);
        if (is && !was) {
            happenings.add(new Happening(true, "ServerUnreachable", "Connect", message(Reasons.SERVERS_REACHABLE)));
        } else if (was && !is) {
            happenings.add(new Happening(false, "ServersReachable", "Connect", "pods get connections again"));
        }
    }

    private void budget() {
        if (isFalse(after, Reasons.BUDGET_SATISFIED) && !isFalse(before, Reasons.BUDGET_SATISFIED)) {
            happenings.add(new Happening(true, "BudgetExhausted", "Connect", message(Reasons.BUDGET_SATISFIED)));
        }
    }

    private static boolean isFalse(List<Condition> conditions, String type) {
        return Conditions.find(conditions, type)
                .filter(condition -> !condition.isTrue())
                .isPresent();
    }

    private static boolean isExpiring(Condition condition) {
        return condition.reason().equals(Reasons.CERTIFICATE_EXPIRING);
    }

    /// Reasons whose message moves while nothing new happens.
    private static boolean isCounted(String reason) {
        return reason.equals(Reasons.IMAGE_PULL) || reason.equals(Reasons.PROGRESS_DEADLINE_EXCEEDED);
    }

    private static String word(String reason) {
        return switch (reason) {
            case Reasons.RELOAD_REJECTED -> "ConfigRejected";
            case Reasons.PROGRESS_DEADLINE_EXCEEDED -> "RolloutStuck";
            default -> reason;
        };
    }
}
