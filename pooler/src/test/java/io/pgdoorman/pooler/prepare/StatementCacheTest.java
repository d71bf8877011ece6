package io.pgdoorman.pooler.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatementCacheTest {
    private final StatementCache cache = new StatementCache(3, 2);

    private Statement intern(int text) {
        return cache.intern(new byte[] {(byte) text}, () -> text);
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
}
