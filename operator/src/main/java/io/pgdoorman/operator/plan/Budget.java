package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.child.Resizing;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.Upgrade;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.Fleet;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.Rendered;
import io.pgdoorman.operator.render.Renderer;
import io.pgdoorman.operator.render.Shares;
import java.util.Comparator;
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
        if (max == null) {
            return rendered(pool, seen, null);
        }
        var share = Math.min(max / pods, unreserved(pool.getSpec(), max));
        var even = rendered(pool, seen, share);
        var less = grows(seen, even) ? besideOthers(seen, max, pods, share) : share;
        return less == share ? even : rendered(pool, seen, less);
    }

    /// The configuration of a pod that may hold so many connections.
    static Rendered rendered(DoormanPool pool, Observation seen, @Nullable Integer share) {
        return Renderer.render(
                pool.getSpec(),
                seen.references().values(),
                Place.pod(pool.getMetadata().getNamespace(), pool.getMetadata().getName()),
                new Fleet(seen.access().tenants(), share));
    }

    private static boolean grows(Observation seen, Rendered next) {
        var config = seen.children().config();
        var stored = config == null ? null : ConfigMapChild.read(config);
        return stored != null
                && next instanceof Rendered.Valid valid
                && Shares.most(valid.text()) > Shares.most(stored.current().text());
    }

    /// A share that grows leaves to pods what they may have beyond it, by order or as it is noted, until they have it
    /// no more.
    private static int besideOthers(Observation seen, int max, int pods, int share) {
        var bounds = seen.pods().stream()
                .map(Budget::allowed)
                .sorted(Comparator.reverseOrder())
                .toList();
        var result = share;
        var rest = max;
        var others = pods;
        for (int bound : bounds) {
            if (bound <= result) {
                break;
            }
            rest -= bound;
            others--;
            result = Math.clamp(rest / Math.max(1, others), 1, share);
        }
        return result;
    }

    private static int allowed(PodView pod) {
        var noted = pod.allowed() == null ? 0 : pod.allowed();
        return pod.answer() instanceof State state && state.servers() != null
                ? Math.max(
                        noted, Math.max(state.servers().most(), state.servers().held()))
                : noted;
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
        if (live == null || Resize.isUnderWay(live, seen.pods())) {
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
        return Resizing.replaces(seen.children().deployment(), deployment(pool, seen, defaults, rendered.bootHash()));
    }

    /// The Deployment that should be there.
    static Deployment deployment(DoormanPool pool, Observation seen, Planner.Defaults defaults, String bootHash) {
        var trouble = seen.pods().stream()
                .filter(pod -> !pod.isReady() && !pod.isTerminating())
                .map(pod -> "pod " + pod.name() + " (" + (pod.trouble() == null ? "is not ready" : pod.trouble()) + ")")
                .limit(3)
                .collect(Collectors.joining(", "));
        var live = seen.children().deployment();
        var asked = Upgrade.wanted(pool, live, new Upgrade.Newest(defaults.image(), bootHash));
        return Resizing.choose(live, Rollback.choose(live, asked, trouble), Resize.pods(pool, seen.pods()));
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
        if (pod.answer() instanceof State) {
            return Known.bound(stored, pod) <= share;
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
        if (!areWithin(want, stored, seen)) {
            return 0;
        }
        var leaving = replaces(pool, seen, moment.defaults(), rendered) ? staying(seen) : leaving(seen);
        var replicas = replicas(pool, seen);
        var free = max / rendered.share() - possible(seen, replicas, leaving);
        // Pods beyond replicas may be missing in any case.
        return Math.max(0, free - Math.max(0, staying(seen) - replicas));
    }

    /// Whether no pod holds more than its share, or all together no more than theirs.
    private static boolean areWithin(Want want, StoredConfig stored, Observation seen) {
        if (spenders(want, stored, Standings.of(seen.pods(), stored.current())).isEmpty()) {
            return true;
        }
        long share = Objects.requireNonNull(share(want));
        return seen.pods().stream()
                        .allMatch(pod -> pod.answer() instanceof State state
                                && state.servers() != null
                                && state.servers().share() <= share)
                && seen.pods().stream()
                                .mapToLong(pod -> Known.bound(stored, pod))
                                .sum()
                        <= share * seen.pods().size();
    }

    /// What is stored when a plan is done, and what the operator was started with.
    record Moment(StoredConfig stored, Planner.Defaults defaults) {}

    /// Whether clients wait in a pod that has spent what it may have, and none has more than it needs where that would
    /// be given to it.
    public static boolean isExhausted(DoormanPool pool, Observation seen, Want want) {
        if (!(want instanceof Want.Config(var rendered)) || rendered.share() == null) {
            return false;
        }
        var most = Shares.forClients(rendered.text());
        var isSpent = seen.pods().stream()
                .anyMatch(pod -> pod.answer() instanceof State state
                        && state.waiting() > 0
                        && state.serverConnections() >= most + moved(state));
        return isSpent && !(pool.getSpec().budget().sharesByDemand() && Moves.hasSpare(pool, seen, rendered.share()));
    }

    private static int moved(State state) {
        var servers = state.servers();
        return servers == null ? 0 : servers.most() - servers.share();
    }
}
