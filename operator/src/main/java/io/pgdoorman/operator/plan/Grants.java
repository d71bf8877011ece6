package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/// Who of the pods that wait for their share of the budget may have it.
///
/// A pod that was deleted, preempted or lost with its node may hold its connections while another one is in its place
/// already, and nobody asked the operator before. So each pod begins without any, and gets its share when what all
/// others may hold leaves room for it. With the operator away pods let themselves in, after as long as those that they
/// replace may take to end.
final class Grants {

    private static final String CRASHED = "CrashLoopBackOff";

    private Grants() {}

    static List<Step> orders(DoormanPool pool, StoredConfig stored, List<PodView> pods) {
        var max = pool.getSpec().budget().maxServerConnections();
        var free = max == null
                ? Long.MAX_VALUE
                : max - pods.stream().mapToLong(pod -> held(pod, stored)).sum();
        var steps = new ArrayList<Step>();
        var waiting = pods.stream()
                .filter(pod -> isWaiting(pod) && !pod.isTerminating())
                .sorted(Comparator.comparing(PodView::name))
                .toList();
        for (var pod : waiting) {
            var hash = ((State) Objects.requireNonNull(pod.answer())).loadedHash();
            long share = max == null ? 0 : Known.share(stored, hash);
            var ip = Objects.requireNonNull(pod.ip());
            if (hash != null && share <= free) {
                free -= share;
                steps.add(new Step.Grant(pod.name(), ip, hash));
            } else {
                steps.add(new Step.Hold(pod.name(), ip));
            }
        }
        return steps;
    }

    private static boolean isWaiting(PodView pod) {
        return pod.answer() instanceof State state && state.isWaiting();
    }

    /// Most connections that a pod may hold, now or when it has loaded what is stored. One that does not answer
    /// may have been let in, with whatever was known lately.
    private static long held(PodView pod, StoredConfig stored) {
        if (pod.answer() instanceof State state) {
            if (state.isWaiting()) {
                return state.serverConnections();
            }
            var servers = state.servers();
            var hasLess = servers != null && servers.most() < servers.share();
            var bound = Known.bound(stored, pod);
            return pod.isTerminating() || hasLess
                    ? bound
                    : Math.max(bound, Known.share(stored, stored.current().hash()));
        }
        var trouble = pod.trouble();
        var mayRun = pod.ip() != null && (trouble == null || trouble.startsWith(CRASHED));
        return mayRun ? Known.bound(stored, pod) : 0;
    }
}
