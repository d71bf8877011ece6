package io.pgdoorman.pooler.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final Ledger ledger = new Ledger();

    @Test
    void keepsItsOrderWhileItGrowsAroundItsEnd() {
        // given
        for (int i = 0; i < 10; i++) {
            ledger.forward(Ledger.QUERY, null);
        }
        for (int i = 0; i < 10; i++) {
            ledger.pop();
        }

        // when
        for (int i = 0; i < 100; i++) {
            ledger.forward(i % 2 == 0 ? Ledger.BIND : Ledger.EXECUTE, null);
        }

        // then
        for (int i = 0; i < 100; i++) {
            assertThat(ledger.head()).isEqualTo(i % 2 == 0 ? Ledger.BIND : Ledger.EXECUTE);
            ledger.pop();
        }
        assertThat(ledger.isEmpty()).isTrue();
        assertThat(ledger.head()).isEqualTo(Ledger.NONE);
    }

    @Test
    void dropsUpToTheSyncAndTellsWhatToUndo() {
        // given
        var first = Note.answered(new byte[] {1});
        var second = Note.answered(new byte[] {2});
        ledger.forward(Ledger.PARSE, first);
        ledger.swallow(Ledger.PARSE, second);
        ledger.forward(Ledger.BIND, null);
        ledger.forward(Ledger.SYNC, null);
        var undo = new ArrayList<Note>();

        // when
        boolean found = ledger.dropToSync(undo);

        // then
        assertThat(found).isTrue();
        assertThat(undo).containsExactly(first, second);
        assertThat(ledger.head()).isEqualTo(Ledger.SYNC);
    }

    @Test
    void findsNoSyncThatWasNotSent() {
        // given
        ledger.forward(Ledger.PARSE, null);

        // when
        boolean found = ledger.dropToSync(new ArrayList<>());

        // then
        assertThat(found).isFalse();
        assertThat(ledger.isEmpty()).isTrue();
    }

    @Test
    void copyTakesAwayTheSyncsBeforeItsEndAndKeepsThoseBehind() {
        // given
        ledger.forward(Ledger.EXECUTE, null);
        ledger.forward(Ledger.SYNC, null);
        ledger.forward(Ledger.COPY_END, null);
        ledger.forward(Ledger.SYNC, null);
        ledger.swallow(Ledger.PARSE, null);

        // when
        var start = ledger.beginCopyIn();

        // then
        assertThat(start).isEqualTo(new Ledger.CopyStart(true, false, 1));
        assertThat(ledger.head()).isEqualTo(Ledger.EXECUTE);
        ledger.pop();
        assertThat(ledger.head()).isEqualTo(Ledger.SYNC);
        ledger.pop();
        assertThat(ledger.isHeadSwallowed()).isTrue();
        assertThat(ledger.size()).isEqualTo(1);
    }
}
