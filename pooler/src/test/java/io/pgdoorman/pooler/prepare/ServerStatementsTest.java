package io.pgdoorman.pooler.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.stats.StatementMemory;
import org.junit.jupiter.api.Test;

class ServerStatementsTest {
    private final StatementMemory memory = new StatementMemory(Long.MAX_VALUE);
    private final Statement one = new Statement("one", new byte[0], 0, 0, memory);
    private final Statement two = new Statement("two", new byte[0], 0, 0, memory);
    private final Statement three = new Statement("three", new byte[0], 0, 0, memory);

    @Test
    void evictsTheLeastRecentlyUsedWhenThereAreTooMany() {
        // given
        var known = new ServerStatements(2);
        known.add(one);
        known.add(two);
        known.use(one);

        // when
        var early = known.evict();
        known.add(three);
        var late = known.evict();

        // then
        assertThat(early).isNull();
        assertThat(late).isSameAs(two);
        assertThat(known.use(two)).isFalse();
        assertThat(known.size()).isEqualTo(2);
    }

    @Test
    void neverEvictsTheStatementThatWasJustAdded() {
        // given
        var known = new ServerStatements(0);

        // when
        known.add(one);

        // then
        assertThat(known.evict()).isNull();
        assertThat(known.use(one)).isTrue();
    }

    @Test
    void oneThatBecameAnotherIsKnownNoMoreAndEvictedInItsTurn() {
        // given
        var known = new ServerStatements(2);
        known.add(one);
        known.add(two);

        // when
        known.isAnother(one);
        known.add(three);

        // then
        assertThat(known.knows(one)).isFalse();
        assertThat(known.use(one)).isFalse();
        assertThat(known.evict()).isSameAs(two); // asking for the other was a use of it
        assertThat(known.evict()).isNull();
    }
}
