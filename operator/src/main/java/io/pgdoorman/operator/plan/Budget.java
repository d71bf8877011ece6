package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.child.Upgrade;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.Fleet;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.Rendered;
import io.pgdoorman.operator.render.Renderer;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The budget of server connections: what all pods together may hold, split over those that may exist at once.
///
/// The order keeps the sum below the budget: shares shrink before pods are added or replaced, and pods are added or
/// replaced only when no pod holds more than its share and none is still draining with an older, larger one.
public final class Budget {

    private static final Set<Kind> UNPROVEN = Set.of(Kind.TERMINATING, Kind.BEHIND, Kind.SILENT);

    private Budget() {}

    /// What a spec and its surroundings ask for.
    public static Want want(DoormanPool pool, Observation seen, Planner.Defaults defaults) {
        var references = seen.references();
        if (!references.missing().isEmpty()) {
            return new Want.Unresolved(references.missing());
        }
        var isRolling = isRolling(seen.children().deployment());
        var rendered = render(pool, seen, isRolling);
        if (!isRolling && rendered instanceof Rendered.Valid valid && replaces(pool, seen, defaults, valid)) {
            rendered = render(pool, seen, true);
        }
        return switch (rendered) {
            case Rendered.Valid valid -> new Want.Config(valid);
            case Rendered.Invalid(var problems) -> new Want.Wrong(problems);
        };
    }

    private static Rendered render(DoormanPool pool, Observation seen, boolean isRolling) {
        var max = pool.getSpec().budget().maxServerConnections();
        var share = max == null ? null : Math.min(max / pods(pool, seen, isRolling), unreserved(pool.getSpec(), max));
        return Renderer.render(
                pool.getSpec(),
                seen.references().values(),
                Place.pod(pool.getMetadata().getNamespace(), pool.getMetadata().getName()),
                new Fleet(seen.access().tenants(), share));
    }

    private static int unreserved(DoormanPoolSpec spec, int max) {
        return (max - spec.budget().reserve()) / Math.max(1, spec.replicas());
    }

    /// Pods that may exist at once. A Deployment goes on while old pods drain, so while it replaces pods all of
    /// them may be there twice.
    static int pods(DoormanPool pool, Observation seen, boolean isRolling) {
        var replicas = pool.getSpec().replicas();
        var most =
                isRolling ? 2 * replicas : replicas + pool.getSpec().rollout().maxSurge();
        return Math.max(1, Math.max(most, seen.pods().size()));
    }

    private static boolean isRolling(@Nullable Deployment live) {
        if (live == null) {
            return false;
        }
        var status = live.getStatus();
        return status == null
                || !Objects.equals(
                        status.getObservedGeneration(), live.getMetadata().getGeneration())
                || count(status.getUpdatedReplicas()) < count(status.getReplicas());
    }

    private static int count(@Nullable Integer number) {
        return number == null ? 0 : number;
    }

    /// Whether applying the Deployment would replace pods.
    private static boolean replaces(
            DoormanPool pool, Observation seen, Planner.Defaults defaults, Rendered.Valid rendered) {
        var live = seen.children().deployment();
        return live != null
                && !Objects.equals(
                        Names.annotation(live, Names.TEMPLATE_HASH),
                        Names.annotation(deployment(pool, seen, defaults, rendered.bootHash()), Names.TEMPLATE_HASH));
    }

    /// The Deployment that should be there.
    static Deployment deployment(DoormanPool pool, Observation seen, Planner.Defaults defaults, String bootHash) {
        var trouble = seen.pods().stream()
                .filter(pod -> !pod.isReady() && !pod.isTerminating())
                .map(pod -> "pod " + pod.name() + " (" + (pod.trouble() == null ? "is not ready" : pod.trouble()) + ")")
                .limit(3)
                .collect(Collectors.joining(", "));
        return Rollback.choose(
                seen.children().deployment(),
                Upgrade.wanted(pool, seen.children().deployment(), new Upgrade.Newest(defaults.image(), bootHash)),
                trouble);
    }

    /// Most connections of one pod by a configuration that is in use, null without a budget.
    public static @Nullable Integer share(Want want) {
        return want instanceof Want.Config(var rendered) ? rendered.share() : null;
    }

    /// Pods that hold, or may hold, more than the shares that new pods would count on. One that has not said that it
    /// has
    /// the smaller share may, however long it was asked.
    static List<Standing> spenders(Want want, List<Standing> pods) {
        var share = share(want);
        return share == null
                ? List.of()
                : pods.stream()
                        .filter(standing -> UNPROVEN.contains(standing.kind()) || holdsMore(standing.pod(), share))
                        .map(standing -> standing.kind() == Kind.IN_STEP
                                ? new Standing(standing.pod(), Kind.IN_STEP, "holds more than " + share)
                                : standing)
                        .toList();
    }

    private static boolean holdsMore(PodView pod, int share) {
        return pod.answer() instanceof State state && state.serverConnections() > share;
    }

    /// Whether clients wait in a pod that has spent its share.
    public static boolean isExhausted(Observation seen, int share) {
        return seen.pods().stream()
                .anyMatch(pod -> pod.answer() instanceof State state
                        && state.waiting() > 0
                        && state.serverConnections() >= share);
    }
}
