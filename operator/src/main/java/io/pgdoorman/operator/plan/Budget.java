package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.Upgrade;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.Fleet;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.Rendered;
import io.pgdoorman.operator.render.Renderer;
import io.pgdoorman.operator.render.Shares;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The budget of server connections: what all pods together may hold, split over those that may exist at once.
///
/// The order keeps the sum below the budget: shares shrink before pods are added or replaced, and pods are added or
/// replaced only when no pod holds more than its share and none is still draining with an older, larger one. Where
/// others end pods, the disruption budget lets them have no more than there is room for ([#room]).
public final class Budget {

    private Budget() {}

    /// What a spec and its surroundings ask for.
    public static Want want(DoormanPool pool, Observation seen, Planner.Defaults defaults) {
        var references = seen.references();
        if (!references.missing().isEmpty()) {
            return new Want.Unresolved(references.missing());
        }
        var rendered = render(pool, seen, pods(pool, seen, leaving(seen)));
        if (rendered instanceof Rendered.Valid valid && replaces(pool, seen, defaults, valid)) {
            rendered = render(pool, seen, pods(pool, seen, staying(seen)));
        }
        return switch (rendered) {
            case Rendered.Valid valid -> new Want.Config(valid);
            case Rendered.Invalid(var problems) -> new Want.Wrong(problems);
        };
    }

    private static Rendered render(DoormanPool pool, Observation seen, int pods) {
        var max = pool.getSpec().budget().maxServerConnections();
        var share = max == null ? null : Math.min(max / pods, unreserved(pool.getSpec(), max));
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
    /// them may be there twice; at rest there is room for one that drains though nobody planned it.
    ///
    /// @param leaving pods that will be replaced, see [#leaving]
    private static int pods(DoormanPool pool, Observation seen, int leaving) {
        var replicas = replicas(pool, seen);
        var usual = leaving > 0
                ? 2 * replicas
                : replicas + Math.max(1, pool.getSpec().rollout().maxSurge());
        return Math.max(usual, possible(seen, replicas, leaving));
    }

    /// Pods that come to be together when nothing is planned and nobody ends one.
    private static int possible(Observation seen, int replicas, int leaving) {
        return seen.pods().size() - staying(seen) + Math.max(leaving + replicas, staying(seen));
    }

    /// As many as are wanted, or were until now.
    private static int replicas(DoormanPool pool, Observation seen) {
        var live = seen.children().deployment();
        var replicas = pool.getSpec().replicas();
        return live == null ? replicas : Math.max(replicas, live.getSpec().getReplicas());
    }

    private static int staying(Observation seen) {
        return (int) seen.pods().stream().filter(pod -> !pod.isTerminating()).count();
    }

    /// Pods of an older template; all of them while the Deployment's controller has not looked.
    private static int leaving(Observation seen) {
        var live = seen.children().deployment();
        if (live == null) {
            return 0;
        }
        var status = live.getStatus();
        return status == null
                        || !Objects.equals(
                                status.getObservedGeneration(),
                                live.getMetadata().getGeneration())
                ? staying(seen)
                : count(status.getReplicas()) - count(status.getUpdatedReplicas());
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

    /// Pods that hold, or may hold, more than the shares that new pods would count on. One that has not said that
    /// it has the smaller share may, however long it was asked.
    static List<Standing> spenders(Want want, StoredConfig stored, List<Standing> pods) {
        if (!(want instanceof Want.Config(var rendered)) || rendered.share() == null) {
            return List.of();
        }
        int share = rendered.share();
        return pods.stream()
                .filter(standing -> !isWithin(standing, stored, share))
                .map(standing -> standing.kind() == Kind.IN_STEP
                        ? new Standing(standing.pod(), Kind.IN_STEP, "holds more than " + share)
                        : standing)
                .toList();
    }

    private static boolean isWithin(Standing standing, StoredConfig stored, int share) {
        var pod = standing.pod();
        if (pod.answer() instanceof State state) {
            return state.serverConnections() <= share && Known.share(stored, state.loadedHash()) <= share;
        }
        var isRunning = pod.ip() != null && pod.trouble() == null;
        return standing.kind() == Kind.STARTING && !isRunning;
    }

    /// Pods that may be missing because others end them: those that drain and those in their place stay within the
    /// budget together. Null without a budget.
    static @Nullable Integer room(DoormanPool pool, Want want, Observation seen, Moment moment) {
        var max = pool.getSpec().budget().maxServerConnections();
        if (max == null || !(want instanceof Want.Config(var rendered)) || rendered.share() == null) {
            return null;
        }
        var stored = moment.stored();
        if (!spenders(want, stored, Standings.of(seen.pods(), stored.current())).isEmpty()) {
            return 0;
        }
        var leaving = replaces(pool, seen, moment.defaults(), rendered) ? staying(seen) : leaving(seen);
        var replicas = replicas(pool, seen);
        var free = max / rendered.share() - possible(seen, replicas, leaving);
        // Pods beyond replicas may be missing in any case.
        return Math.max(0, free - Math.max(0, staying(seen) - replicas));
    }

    /// What is stored when a plan is done, and what the operator was started with.
    record Moment(StoredConfig stored, Planner.Defaults defaults) {}

    /// Whether clients wait in a pod that has spent its share.
    public static boolean isExhausted(Observation seen, Want want) {
        if (!(want instanceof Want.Config(var rendered)) || rendered.share() == null) {
            return false;
        }
        var most = Shares.forClients(rendered.text());
        return seen.pods().stream()
                .anyMatch(pod -> pod.answer() instanceof State state
                        && state.waiting() > 0
                        && state.serverConnections() >= most);
    }
}
