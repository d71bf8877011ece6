package io.pgdoorman.operator.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.RotationSpec;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RotationTest {

    private static final Instant START = Instant.parse("2026-11-29T00:00:00Z");
    private static final RotationSpec DAILY = new RotationSpec("24h", "2h");

    private TenantPassword password = TenantPassword.first("one");
    private Instant now = START;
    private int made;

    private TenantPassword step(@Nullable RotationSpec schedule, boolean isTold) {
        password = Rotation.step(password, new Rotation.Moment(schedule, isTold, now), () -> "fresh-" + ++made);
        return password;
    }

    private void later(Duration duration) {
        now = now.plus(duration);
    }

    @Test
    void withoutAScheduleNothingIsExchangedAndNothingIsNoted() {
        // given
        later(Duration.ofDays(1_000));

        // when
        var next = step(null, true);

        // then
        assertThat(next).isEqualTo(TenantPassword.first("one"));
    }

    @Test
    void aScheduleCountsFromWhenItIsSeenFirst() {
        // given
        step(DAILY, true);
        later(Duration.ofHours(23));

        // when
        var early = step(DAILY, true);
        later(Duration.ofHours(1));
        var due = step(DAILY, true);

        // then
        assertThat(early.value()).isEqualTo("one");
        assertThat(due.value()).isEqualTo("fresh-1");
        assertThat(due.previous()).isEqualTo("one");
        assertThat(due.since()).isEqualTo(now);
    }

    private void exchange() {
        step(DAILY, true);
        later(Duration.ofHours(24));
        step(DAILY, true);
    }

    @Test
    void theOverlapBeginsWhenTheApplicationHasTheNewPassword() {
        // given
        exchange();
        later(Duration.ofDays(3));

        // when
        var untold = step(DAILY, false);
        var told = step(DAILY, true);
        later(Duration.ofMinutes(119));
        var within = step(DAILY, true);
        later(Duration.ofMinutes(1));
        var after = step(DAILY, true);

        // then
        assertThat(untold.previous()).isEqualTo("one");
        assertThat(told.previous()).isEqualTo("one");
        assertThat(within.previous()).isEqualTo("one");
        assertThat(after.previous()).isNull();
        assertThat(after.value()).isEqualTo("fresh-1");
        assertThat(made).isEqualTo(1);
    }

    @Test
    void aSecondExchangeWaitsForTheEndOfTheFirst() {
        // given
        exchange();
        later(Duration.ofDays(9));

        // when
        var still = step(DAILY, false);
        step(DAILY, true);
        later(Duration.ofHours(2));
        var retired = step(DAILY, true);
        var second = step(DAILY, true);

        // then
        assertThat(still.value()).isEqualTo("fresh-1");
        assertThat(retired.previous()).isNull();
        assertThat(second.value()).isEqualTo("fresh-2");
        assertThat(second.previous()).isEqualTo("fresh-1");
    }

    @Test
    void withoutItsScheduleAnExchangeComesToItsEndAllTheSame() {
        // given
        exchange();

        // when
        step(null, true);
        later(RotationSpec.OVERLAP_WITHOUT_SCHEDULE.minusSeconds(1));
        var within = step(null, true);
        later(Duration.ofSeconds(1));
        var after = step(null, true);

        // then
        assertThat(within.previous()).isEqualTo("one");
        assertThat(after.previous()).isNull();
    }

    @Test
    void passwordsAreNotWrittenIntoLogs() {
        // given
        exchange();

        // when
        var text = password.toString();

        // then
        assertThat(text).doesNotContain("one").doesNotContain("fresh-1");
    }
}
