package io.pgdoorman.pooler.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.stats.StatementMemory;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StatementCacheTest {
    private final StatementCache cache = new StatementCache(3, 2, new StatementMemory(Long.MAX_VALUE));

    private Statement intern(int text) {
        return cache.intern(new byte[] {(byte) text}, 0, _ -> text);
    }

    @Test
    void sameTextIsTheSameStatement() {
        // given
        var first = intern(1);

        // when
        var second = intern(1);
        var other = intern(2);

        // then
        assertThat(second).isSameAs(first);
        assertThat(other).isNotSameAs(first);
        assertThat(first.toString()).isEqualTo("DOORMAN_3_1");
        assertThat(first.dirt()).isEqualTo(1);
    }

    @Test
    void tallyFollowsWhatIsKept() {
        // given
        var tally = cache.tally();
        var first = intern(1);
        intern(2);

        // when
        tally.tick(5);
        intern(3);

        // then
        assertThat(tally.keptCount()).isEqualTo(2);
        assertThat(tally.keptBytes()).isEqualTo(2);
        tally.tick(12);
        assertThat(cache.idleNanos(first)).isEqualTo(12);
        assertThat(cache.idleNanos(intern(3))).isZero();
        intern(3).retire();
        var again = intern(3);
        assertThat(tally.keptCount()).isEqualTo(2);
        cache.retain(Set.of(again));
        assertThat(tally.keptCount()).isEqualTo(1);
        cache.retain(Set.of());
        assertThat(tally.keptBytes()).isZero();
    }

    @Test
    void sameTextUnderOtherSettingsIsAnotherStatement() {
        // given
        byte[] text = {1};
        long one = PlannerScope.of(Map.of("search_path", "one", "application_name", "a"));

        // when
        var first = cache.intern(text, one, _ -> 0);

        // then
        assertThat(cache.intern(text, PlannerScope.of(Map.of("search_path", "two")), _ -> 0))
                .isNotSameAs(first);
        assertThat(cache.intern(text, PlannerScope.of(Map.of("Search_Path", "one")), _ -> 0))
                .isSameAs(first);
        assertThat(PlannerScope.of(Map.of("application_name", "a"))).isEqualTo(PlannerScope.NONE);
    }

    @Test
    void settingsThatDecideNoMeaningLeaveTheScope() {
        // when then
        assertThat(after("set local app.user_id = '42'")).isEqualTo(PlannerScope.NONE);
        assertThat(after("set local statement_timeout = 5")).isEqualTo(PlannerScope.NONE);
        assertThat(after("set local search_path to a")).isNotEqualTo(after("set local search_path to b"));
        assertThat(after("set local search_path to a")).isEqualTo(after("SET LOCAL search_path TO a"));
    }

    private static long after(String sql) {
        var text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
        return PlannerScope.after(PlannerScope.NONE, text, 0, text.readableBytes());
    }

    @Test
    void forgetsTheLeastRecentlyUsedAndNeverUsesANameTwice() {
        // given
        var first = intern(1);
        var second = intern(2);
        intern(1);

        // when
        intern(3);

        // then
        assertThat(cache.size()).isEqualTo(2);
        assertThat(intern(1)).isSameAs(first);
        assertThat(intern(2)).isNotSameAs(second);
        assertThat(intern(2).toString()).isNotEqualTo(second.toString());
    }

    @Test
    void shrinksAtTheNextNewText() {
        // given
        intern(1);
        intern(2);

        // when
        cache.setCapacity(1);
        intern(3);

        // then
        assertThat(cache.size()).isEqualTo(1);
    }

    @Test
    void textsAreFoundWhereverTheyLieInAFrame() {
        // given
        var text = "select 1, 2, 3, 4, 5".getBytes(StandardCharsets.US_ASCII);
        var first = cache.intern(text, 0, _ -> 0);
        var frame = Unpooled.directBuffer().writeZero(3).writeBytes(text).writeByte('6');

        // then
        assertThat(cache.intern(frame, 3, 3 + text.length, 0, _ -> 0)).isSameAs(first);
        assertThat(cache.intern(frame, 3, 4 + text.length, 0, _ -> 0)).isNotSameAs(first);
        assertThat(cache.intern(frame, 3, 2 + text.length, 0, _ -> 0)).isNotSameAs(first);
        assertThat(cache.intern(frame, 3, 3 + text.length, 1, _ -> 0)).isNotSameAs(first);
        for (int changed = 3; changed < 3 + text.length; changed++) {
            frame.setByte(changed, frame.getByte(changed) ^ 1);
            assertThat(cache.intern(frame, 3, 3 + text.length, 0, _ -> 0)).isNotSameAs(first);
            frame.setByte(changed, frame.getByte(changed) ^ 1);
        }
        frame.release();
    }

    @Test
    void longTextsMakeRoomForEachOther() {
        // given
        var many = new StatementCache(0, 8192, new StatementMemory(Long.MAX_VALUE));

        // when
        for (int i = 0; i < 100; i++) {
            byte[] text = new byte[1024 * 1024];
            text[0] = (byte) i;
            many.intern(text, 0, _ -> 0);
        }

        // then
        assertThat(many.size()).isEqualTo(32);
        assertThat(many.tally().keptBytes()).isLessThanOrEqualTo(StatementCache.MOST_BYTES);

        // when
        many.intern(new byte[StatementCache.MOST_BYTES + 1], 0, _ -> 0);

        // then
        assertThat(many.size()).isEqualTo(1);
    }
}
