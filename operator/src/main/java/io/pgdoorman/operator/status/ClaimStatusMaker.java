package io.pgdoorman.operator.status;

import io.pgdoorman.operator.access.Decision;
import io.pgdoorman.operator.access.Decision.Granted;
import io.pgdoorman.operator.access.Decision.Refused;
import io.pgdoorman.operator.access.Rotation;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Outputs;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Want;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the status of a claim. It tells the asker about the claim only, never why a pool is in trouble.
public final class ClaimStatusMaker {

    private final DoormanDatabaseAccess claim;
    private final Conditions conditions;

    private ClaimStatusMaker(DoormanDatabaseAccess claim, Instant now) {
        this.claim = claim;
        var before = claim.getStatus();
        this.conditions = new Conditions(
                before == null ? List.of() : before.conditions(),
                claim.getMetadata().getGeneration(),
                now);
    }

    /// The status of a claim that no pool grants.
    public static DoormanDatabaseAccessStatus refused(Refused refused, Instant now) {
        var maker = new ClaimStatusMaker(refused.claim(), now);
        var reason = switch (refused.why()) {
            case NOT_GRANTED -> Reasons.NOT_GRANTED;
            case QUOTA_EXCEEDED -> Reasons.QUOTA_EXCEEDED;
            case NO_TOKENS -> Reasons.NO_TOKENS;
        };
        maker.conditions.add(Reasons.READY, false, reason, refused.message());
        maker.conditions.add(Reasons.STALLED, true, reason, refused.message());
        maker.conditions.add(Reasons.ACCEPTED, false, reason, refused.message());
        return new DoormanDatabaseAccessStatus(
                refused.claim().getMetadata().getGeneration(), null, null, null, null, maker.conditions.list());
    }

    /// The status of a claim after a plan for its pool.
    public static DoormanDatabaseAccessStatus make(
            DoormanPool pool, Observation seen, Plan plan, Decision decision, Instant now) {
        return switch (decision) {
            case Refused refused -> refused(refused, now);
            case Granted granted -> new ClaimStatusMaker(granted.claim(), now).granted(pool, seen, plan, granted);
        };
    }

    /// The API server would not have the Secret of a granted claim.
    public record Refusal(Granted granted, String why) {}

    /// The status of a granted claim whose Secret the API server would not have.
    public static DoormanDatabaseAccessStatus unwritten(
            DoormanPool pool, Observation seen, Refusal refusal, Instant now) {
        var granted = refusal.granted();
        var maker = new ClaimStatusMaker(granted.claim(), now);
        maker.conditions.add(Reasons.READY, false, Reasons.SECRET_REFUSED, refusal.why());
        maker.conditions.add(Reasons.STALLED, true, Reasons.SECRET_REFUSED, refusal.why());
        return maker.granted(pool, granted, null, rotation(seen, granted));
    }

    private DoormanDatabaseAccessStatus granted(DoormanPool pool, Observation seen, Plan plan, Granted granted) {
        var isThere = Outputs.isOpening(pool, seen, plan, granted);
        if (isThere) {
            conditions.add(Reasons.READY, true, Reasons.BOUND, "Secret " + claim.secretName() + " opens the database");
        } else if (Outputs.isBlocked(seen, claim)) {
            var message = "Secret " + claim.secretName()
                    + " is not this claim's and is left alone: remove it or set secretName";
            conditions.add(Reasons.READY, false, Reasons.CHILD_CONFLICT, message);
            conditions.add(Reasons.STALLED, true, Reasons.CHILD_CONFLICT, message);
        } else {
            var message = isTakenUp(plan)
                    ? "the pool's pods load the new user"
                    : "the pool cannot take it up now: its owner has to act";
            conditions.add(Reasons.READY, false, Reasons.WAITING_FOR_PODS, message);
            conditions.add(Reasons.RECONCILING, true, Reasons.WAITING_FOR_PODS, message);
        }
        return granted(pool, granted, isThere ? claim.secretName() : null, rotation(seen, granted));
    }

    private DoormanDatabaseAccessStatus granted(
            DoormanPool pool,
            Granted granted,
            @Nullable String secret,
            DoormanDatabaseAccessStatus.@Nullable Rotation rotation) {
        conditions.add(Reasons.ACCEPTED, true, Reasons.GRANTED, "the pool's owner gives this access");
        return new DoormanDatabaseAccessStatus(
                claim.getMetadata().getGeneration(),
                Names.host(pool) + ":" + pool.getSpec().port(),
                granted.user(),
                secret,
                rotation,
                conditions.list());
    }

    private static DoormanDatabaseAccessStatus.@Nullable Rotation rotation(Observation seen, Granted granted) {
        var password = seen.access().password(granted).kept();
        var since = password.since();
        if (since == null) {
            return null;
        }
        var schedule = granted.rotation();
        var told = password.told();
        return new DoormanDatabaseAccessStatus.Rotation(
                since.toString(),
                schedule == null ? null : Rotation.next(since, schedule).toString(),
                told == null ? null : Rotation.end(told, schedule).toString(),
                password.previous() == null ? null : previousLogins(seen, granted.user()));
    }

    private static long previousLogins(Observation seen, String user) {
        return seen.pods().stream()
                .mapToLong(pod -> pod.answer() instanceof State state
                        ? state.previousLogins().getOrDefault(user, 0L)
                        : 0)
                .sum();
    }

    private static boolean isTakenUp(Plan plan) {
        var situation = plan.situation();
        var stored = situation.stored();
        return situation.want() instanceof Want.Config
                && situation.foreign().isEmpty()
                && stored != null
                && stored.rejected() == null;
    }
}
