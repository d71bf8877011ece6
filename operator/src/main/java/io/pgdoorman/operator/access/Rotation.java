package io.pgdoorman.operator.access;

import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.api.v1alpha1.RotationSpec;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Exchanges passwords on schedule, so that no login fails meanwhile: pods know the new one before the application gets
/// it, and the one before lets in until some time after that. Each step is kept before it has an effect; who
/// begins anew in the middle goes on from there.
public final class Rotation {

    private Rotation() {}

    /// What is known when a step is taken.
    ///
    /// @param schedule null without one
    /// @param isTold whether the application's Secret has the present password
    public record Moment(@Nullable RotationSpec schedule, boolean isTold, Instant now) {}

    /// The next step, or the same password if there is none.
    public static TenantPassword step(TenantPassword password, Moment moment, Supplier<String> fresh) {
        if (password.previous() != null) {
            return exchanging(password, moment);
        }
        var schedule = moment.schedule();
        if (schedule == null) {
            return password;
        }
        if (password.since() == null) {
            return password.since(moment.now());
        }
        return moment.now().isBefore(next(password.since(), schedule))
                ? password
                : password.next(fresh.get(), moment.now());
    }

    private static TenantPassword exchanging(TenantPassword password, Moment moment) {
        if (password.told() == null) {
            return moment.isTold() ? password.told(moment.now()) : password;
        }
        return moment.now().isBefore(end(password.told(), moment.schedule())) ? password : password.retired();
    }

    /// When time alone brings the next step.
    public static Optional<Instant> due(TenantPassword password, @Nullable RotationSpec schedule) {
        if (password.previous() != null) {
            return Optional.ofNullable(password.told()).map(told -> end(told, schedule));
        }
        return schedule == null
                ? Optional.empty()
                : Optional.ofNullable(password.since()).map(since -> next(since, schedule));
    }

    /// When a password that was made then is exchanged.
    public static Instant next(Instant since, RotationSpec schedule) {
        return since.plus(GoDuration.parse(schedule.every()));
    }

    /// Until when the password before lets in, once the application has the present one.
    public static Instant end(Instant told, @Nullable RotationSpec schedule) {
        return told.plus(
                schedule == null ? RotationSpec.OVERLAP_WITHOUT_SCHEDULE : GoDuration.parse(schedule.overlap()));
    }
}
