package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.Servers;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.Fleet;
import io.pgdoorman.operator.render.Rendered;
import io.pgdoorman.operator.render.Shares;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Connections that pods have beyond the share that all of them have by their configuration, and others do not.
///
/// Pods begin with their share, and what a pod was told instead is known of it alone: from what it says, and, where it
/// does not answer, from a note that was made before it was told ([Step.Allow]). They move while nothing else does: all
/// pods are there and run what is wanted. Before pods are added or replaced, where pods wait to be let in, and beside
/// poolers that can be told nothing, all are told to have their share: first those that have more, and only when no pod
/// holds more than its share those that have less.
final class Moves {

    /// So that some steps lead from one end to the other.
    private static final int STEPS = 8;

    private final DoormanPool pool;
    private final StoredConfig stored;
    private final Observation seen;
    private final List<PodView> staying;

    private Moves(DoormanPool pool, StoredConfig stored, Observation seen) {
        this.pool = pool;
        this.stored = stored;
        this.seen = seen;
        this.staying = seen.pods().stream().filter(pod -> !pod.isTerminating()).toList();
    }

    /// What is told to pods.
    ///
    /// @param want what is stored, once it is
    /// @param isInFlux whether pods are about to be added, replaced or let in
    static List<Step> orders(DoormanPool pool, Want want, StoredConfig stored, Observation seen, boolean isInFlux) {
        var moves = new Moves(pool, stored, seen);
        if (!(want instanceof Want.Config(var rendered))) {
            return List.of();
        }
        if (isInFlux || !pool.getSpec().budget().sharesByDemand() || moves.hasOlder()) {
            return moves.toShares();
        }
        return rendered.hash().equals(stored.current().hash()) && moves.isCalm() ? moves.byDemand(rendered) : List.of();
    }

    /// Whether any pod has another number than its share, or may have.
    static boolean isUneven(Observation seen) {
        return seen.pods().stream().anyMatch(pod -> {
            var servers = servers(pod);
            return pod.allowed() != null || (servers != null && servers.most() != servers.share());
        });
    }

    /// Whether a pod has more than it needs.
    static boolean hasSpare(DoormanPool pool, Observation seen, int share) {
        var fleet = new Fleet(seen.access().tenants(), share);
        var demand = new Demand(share, Shares.floor(pool.getSpec(), fleet), 0, 1);
        return seen.pods().stream().anyMatch(pod -> {
            var servers = servers(pod);
            return servers != null && !pod.isTerminating() && demand.spare(pod(pod, servers, 0)) > 0;
        });
    }

    private static @Nullable Servers servers(PodView pod) {
        return pod.answer() instanceof State state ? state.servers() : null;
    }

    private static boolean isWaiting(PodView pod) {
        return pod.answer() instanceof State state && state.isWaiting();
    }

    private boolean hasOlder() {
        return staying.stream().anyMatch(pod -> pod.answer() instanceof State state && state.servers() == null);
    }

    private boolean isCalm() {
        var live = seen.children().deployment();
        var status = live == null ? null : live.getStatus();
        var replicas = pool.getSpec().replicas();
        return live != null
                && status != null
                && live.getSpec().getReplicas() == replicas
                && Objects.equals(
                        status.getObservedGeneration(), live.getMetadata().getGeneration())
                && Objects.equals(status.getReplicas(), status.getUpdatedReplicas())
                && staying.size() == replicas
                && Standings.of(staying, stored.current()).stream().allMatch(pod -> pod.kind() == Kind.IN_STEP)
                && staying.stream().allMatch(pod -> servers(pod) != null);
    }

    // All are to have their share.

    private List<Step> toShares() {
        var above = told().filter(pod -> Known.bound(stored, pod) > share(pod) && isMoved(pod))
                .toList();
        if (!above.isEmpty()) {
            return above.stream().map(this::toShare).toList();
        }
        var share = Known.share(stored, stored.current().hash());
        return seen.pods().stream().anyMatch(pod -> Known.bound(stored, pod) > share) ? List.of() : raised();
    }

    /// As many as there is room for.
    private List<Step> raised() {
        var most = pool.getSpec().budget().maxServerConnections();
        var free = most == null
                ? Long.MAX_VALUE
                : most
                        - seen.pods().stream()
                                .filter(pod -> !isWaiting(pod))
                                .mapToLong(pod -> Known.bound(stored, pod))
                                .sum();
        var steps = new ArrayList<Step>();
        for (var pod : told().filter(Moves::isMoved).toList()) {
            var more = share(pod) - Known.bound(stored, pod);
            if (more <= free) {
                free -= Math.max(0, more);
                steps.add(toShare(pod));
            }
        }
        return steps;
    }

    /// Those who can be told something.
    private Stream<PodView> told() {
        return seen.pods().stream().filter(pod -> servers(pod) != null && pod.ip() != null && !isWaiting(pod));
    }

    private static boolean isMoved(PodView pod) {
        return pod.allowed() != null || Objects.requireNonNull(servers(pod)).most() != share(pod);
    }

    private static int share(PodView pod) {
        return Objects.requireNonNull(servers(pod)).share();
    }

    private Step toShare(PodView pod) {
        return order(pod, share(pod), null);
    }

    private static Step.Allow order(PodView pod, int connections, @Nullable Map<String, Integer> databases) {
        var state = (State) Objects.requireNonNull(pod.answer());
        return new Step.Allow(
                pod.name(),
                Objects.requireNonNull(pod.ip()),
                Objects.requireNonNull(state.loadedHash()),
                pod.allowed(),
                connections,
                databases);
    }

    // Who needs more gets more.

    private List<Step> byDemand(Rendered.Valid rendered) {
        var share = Shares.most(rendered.text());
        var leaving = seen.pods().stream()
                .filter(PodView::isTerminating)
                .mapToLong(pod -> Known.bound(stored, pod))
                .sum();
        var max = Objects.requireNonNull(pool.getSpec().budget().maxServerConnections());
        var limit = (int) Math.min((long) share * staying.size(), max - leaving);
        var fleet = new Fleet(seen.access().tenants(), rendered.share());
        var demand =
                new Demand(share, Math.min(share, Shares.floor(pool.getSpec(), fleet)), limit, step(rendered, share));
        var pods = staying.stream()
                .map(pod -> pod(pod, Objects.requireNonNull(servers(pod)), Known.bound(stored, pod)))
                .toList();
        var wanted = demand.decide(pods);
        var steps = new ArrayList<Step>();
        for (var pod : staying) {
            var most = wanted.get(pod.name());
            var step = most == null ? mended(pod) : moved(pod, most);
            if (step != null) {
                steps.add(step);
            }
        }
        return steps;
    }

    /// A part of a share that is rounded is one for each database.
    private static int step(Rendered.Valid rendered, int share) {
        return Math.max(Shares.caps(rendered.text()).size(), share / STEPS);
    }

    private static Demand.Pod pod(PodView pod, Servers servers, int bound) {
        return new Demand.Pod(pod.name(), servers.most(), bound, servers.needed(), servers.waiting() > 0);
    }

    private @Nullable Step moved(PodView pod, int most) {
        var before = Objects.requireNonNull(servers(pod)).most();
        var step = step(pod, most);
        // The bounds of its databases' own may keep it from having more.
        return step == null || step.connections() == before || (step.connections() > before) != (most > before)
                ? null
                : step;
    }

    private Step.@Nullable Allow step(PodView pod, int most) {
        if (most == share(pod)) {
            return order(pod, most, null);
        }
        return Budget.rendered(pool, seen, most) instanceof Rendered.Valid valid
                ? order(pod, Shares.most(valid.text()), Shares.caps(valid.text()))
                : null;
    }

    /// A note that says more than the pod may have: whoever wrote it did not come to its end.
    private @Nullable Step mended(PodView pod) {
        var noted = pod.allowed();
        var most = Objects.requireNonNull(servers(pod)).most();
        return noted == null || noted <= most ? null : step(pod, most);
    }
}
