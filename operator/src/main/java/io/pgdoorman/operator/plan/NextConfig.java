package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Planner.Moment;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.State;
import org.jspecify.annotations.Nullable;

/// What pods should run next: what the spec wants, what it was before, or the way between both. A pod that refuses
/// leads back to what was good, and what all pods run is good from then on.
final class NextConfig {

    private final DoormanPool pool;
    private final Want want;
    private final Observation seen;
    private final Moment moment;

    NextConfig(DoormanPool pool, Want want, Observation seen, Moment moment) {
        this.pool = pool;
        this.want = want;
        this.seen = seen;
        this.moment = moment;
    }

    /// @param isFree whether nothing of somebody else is in the way
    @Nullable
    StoredConfig after(@Nullable StoredConfig before, boolean isFree) {
        var stored = wanted(before, isFree);
        if (stored == null) {
            return null;
        }
        var rejection = rejection(stored);
        if (rejection != null) {
            return stored.refused(rejection, moment.now());
        }
        return isProven(stored) ? stored.proven() : stored;
    }

    private @Nullable StoredConfig wanted(@Nullable StoredConfig before, boolean isFree) {
        if (!(want instanceof Want.Config config)) {
            return before == null ? null : Mended.of(before);
        }
        var generation = pool.getMetadata().getGeneration();
        var rendered = config.rendered();
        if (before == null) {
            var first = new ConfigVersion(rendered.text(), rendered.hash(), rendered.bootHash());
            return StoredConfig.first(first, generation, moment.now());
        }
        var banks = new Bridge.Banks(config, before, Standings.of(seen.pods(), before.current()), isLate(before));
        var next = before.isRefused(rendered.hash()) ? banks.desired() : Bridge.next(banks, isFree);
        var rejected = before.rejected();
        if (rejected != null && rejected.hash().equals(next.hash())) {
            return rejected.isTriedAgain() || !rejected.isOver(moment.now())
                    ? Mended.of(before)
                    : before.again(next, generation, moment.now());
        }
        if (before.current().hash().equals(next.hash())
                && before.current().bootHash().equals(next.bootHash())) {
            return before.reworded(next);
        }
        return Bridge.left(banks, next).with(next, generation, moment.now());
    }

    /// A refusal given a moment ago, or one that a pod met when it booted.
    private @Nullable Rejection rejection(StoredConfig stored) {
        var hash = stored.current().hash();
        if (stored.isRefused(hash)) {
            return null;
        }
        var fresh = moment.rejection();
        if (fresh != null && fresh.hash().equals(hash)) {
            return fresh;
        }
        if (stored.rejected() != null && stored.rejected().hash().equals(hash)) {
            return null; // Pods still tell of the time before.
        }
        for (var pod : seen.pods()) {
            if (pod.answer() instanceof State state
                    && state.rejected() != null
                    && !pod.isTerminating()
                    && stored.current().bootHash().equals(pod.bootHash())
                    && stored.current().hash().equals(state.rejected().hash())
                    && Refusals.isFinal(state.rejected(), stored, moment.now())) {
                return new Rejection(
                        stored.current().hash(), pod.name(), state.rejected().text());
            }
        }
        return null;
    }

    private boolean isProven(StoredConfig stored) {
        var counting = Standings.of(seen.pods(), stored.current()).stream()
                .filter(Standing::counts)
                .toList();
        return isNews(stored) && !counting.isEmpty() && counting.stream().allMatch(pod -> pod.kind() == Kind.IN_STEP);
    }

    /// Also when somebody edited the last good one: the wanted one, which was just rendered, is as it should be.
    private boolean isNews(StoredConfig stored) {
        var lastGood = stored.lastGood();
        return lastGood == null
                || (stored.rejected() != null
                        && stored.rejected().hash().equals(stored.current().hash()))
                || !lastGood.hash().equals(stored.current().hash())
                || (want instanceof Want.Config && !lastGood.equals(stored.current()));
    }

    /// Whether pods have had the time that `reload.timeout` gives them.
    boolean isLate(StoredConfig stored) {
        var timeout = GoDuration.parse(pool.getSpec().reload().timeout());
        return moment.now().isAfter(stored.writtenAt().plus(timeout));
    }
}
