package io.pgdoorman.operator.status;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Budget;
import io.pgdoorman.operator.plan.Want;
import io.pgdoorman.operator.podlink.PodLink.Servers;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.status.WaitsSeen.Cause;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How the budget is split, and why clients wait: because it is spent, or for what else.
final class BudgetSeen {

    private final DoormanPool pool;
    private final Observation seen;
    private final Want want;
    private final @Nullable Integer share;

    BudgetSeen(DoormanPool pool, Observation seen, Want want) {
        this.pool = pool;
        this.seen = seen;
        this.want = want;
        this.share = Budget.share(want);
    }

    DoormanPoolStatus.@Nullable Budget split() {
        var budget = pool.getSpec().budget();
        var max = budget.maxServerConnections();
        return share == null || max == null
                ? null
                : new DoormanPoolStatus.Budget(max, max / share, share, budget.reserve(), least(), most());
    }

    private String held() {
        return pool.getSpec().budget().sharesByDemand()
                ? "connections that it may and no other pod has any to spare"
                : share + " connections of its share";
    }

    /// Of pods that say so and do not leave, where they may differ.
    private IntStream allowed() {
        return pool.getSpec().budget().sharesByDemand()
                ? seen.pods().stream()
                        .filter(pod -> !pod.isTerminating())
                        .flatMap(pod -> pod.answer() instanceof State state
                                ? Stream.ofNullable(state.servers())
                                : Stream.empty())
                        .mapToInt(Servers::most)
                : IntStream.empty();
    }

    private @Nullable Integer least() {
        return allowed().boxed().min(Comparator.naturalOrder()).orElse(null);
    }

    private @Nullable Integer most() {
        return allowed().boxed().max(Comparator.naturalOrder()).orElse(null);
    }

    void tell(Conditions conditions) {
        var cause = WaitsSeen.cause(pool, seen);
        if (Budget.isExhausted(pool, seen, want)) {
            var spent = cause.filter(told -> told.reason().equals(Reasons.PINNED_SESSIONS))
                    .orElseGet(() -> new Cause(
                            Reasons.EXHAUSTED,
                            "clients wait though their pod holds all " + held() + ": more pods would not help,"
                                    + " budget.maxServerConnections or shorter transactions would"));
            conditions.add(Reasons.BUDGET_SATISFIED, false, spent.reason(), spent.message());
        } else if (cause.isPresent()) {
            conditions.add(
                    Reasons.BUDGET_SATISFIED,
                    true,
                    cause.get().reason(),
                    cause.get().message());
        } else if (share != null) {
            conditions.add(Reasons.BUDGET_SATISFIED, true, Reasons.OK, "no client waits because the budget is spent");
        }
    }
}
