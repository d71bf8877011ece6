package io.pgdoorman.pooler.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.auth.Verifier;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final long SECOND = 1_000_000_000L;

    private final Memory memory = new Memory(keeping(3));

    private static LookupSettings.Keeping keeping(int most) {
        return new LookupSettings.Keeping(
                1, Duration.ofSeconds(100), Duration.ofSeconds(10), Duration.ofSeconds(1), most);
    }

    private void learns(String user, boolean exists, long now) {
        var flight = ((Memory.Turn.Begun) memory.findAnew(user, now)).flight();
        memory.landed(
                user,
                flight,
                exists ? new Finding.Known(new Verifier.None(), "x", Map.of(), now) : new Finding.Unknown());
    }

    @Test
    void whoeverAsksWhileSomebodyAsksSharesTheFlight() {
        // given
        var first = memory.find("app", 0);

        // when
        var second = memory.find("app", 1);

        // then
        assertThat(second).isEqualTo(new Memory.Turn.Shared(((Memory.Turn.Begun) first).flight()));
    }

    @Test
    void foundAndMissedCountForTheirTimes() {
        // given
        learns("app", true, 0);
        learns("ghost", false, 0);

        // when then
        assertThat(memory.find("app", 99 * SECOND)).isInstanceOf(Memory.Turn.Here.class);
        assertThat(memory.find("ghost", 9 * SECOND)).isInstanceOf(Memory.Turn.Here.class);
        assertThat(memory.find("ghost", 10 * SECOND)).isInstanceOf(Memory.Turn.Begun.class);
        assertThat(memory.find("app", 100 * SECOND)).isInstanceOf(Memory.Turn.Begun.class);
    }

    @Test
    void asksAnewOnlyAfterTheInterval() {
        // given
        learns("app", true, 0);

        // when then
        assertThat(memory.findAnew("app", SECOND - 1)).isInstanceOf(Memory.Turn.Here.class);
        assertThat(memory.findAnew("app", SECOND)).isInstanceOf(Memory.Turn.Begun.class);
    }

    @Test
    void holdsNoMoreThanItMayAndManyWrongNamesDriveNoRealOneOut() {
        // given
        learns("app", true, 0);

        // when
        for (int i = 0; i < 100; i++) {
            learns("guess" + i, false, 0);
        }

        // then
        assertThat(memory.size()).isEqualTo(4);
        assertThat(memory.find("app", 1)).isInstanceOf(Memory.Turn.Here.class);

        // when
        memory.keep(keeping(1));

        // then
        assertThat(memory.size()).isEqualTo(2);
        assertThat(memory.find("guess99", 1)).isInstanceOf(Memory.Turn.Here.class);
    }

    @Test
    void crowdIsTurnedAway() {
        // given
        for (int i = 0; i < Memory.MOST_FLIGHTS; i++) {
            memory.find("user" + i, 0);
        }

        // when then
        assertThat(memory.find("one more", 0)).isEqualTo(new Memory.Turn.Crowded());
        assertThat(memory.find("user0", 0)).isInstanceOf(Memory.Turn.Shared.class);
    }

    @Test
    void answerToWhatIsAskedNoMoreIsNotKept() {
        // given
        var flight = ((Memory.Turn.Begun) memory.find("app", 0)).flight();

        // when
        memory.clear();
        memory.landed("app", flight, new Finding.Unknown());

        // then
        assertThat(memory.size()).isZero();
    }

    @Test
    void nobodyCouldSayTakesNothingAway() {
        // given
        learns("app", true, 0);
        var flight = ((Memory.Turn.Begun) memory.findAnew("app", 2 * SECOND)).flight();

        // when
        memory.landed("app", flight, new Finding.Unavailable("away"));

        // then
        assertThat(memory.find("app", 3 * SECOND)).isInstanceOf(Memory.Turn.Here.class);
    }
}
