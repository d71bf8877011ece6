package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Takes back in the maps of statements what PostgreSQL did not do of what was planned. Belongs to the event loop.
final class Undo {
    /// For more it does not do to look through the ledger once for each.
    private static final int FEW = 16;

    private final Relay relay;
    private final Ledger ledger;

    Undo(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
    }

    /// What a message behind the next Sync made of the name stays: only the unnamed statement can be changed there
    /// already, as that does not depend on what it was.
    ///
    /// @param later the first note of that, or null
    private void restoreName(byte[] name, @Nullable Statement meaning, @Nullable Note later) {
        if (later == null) {
            var _ = names().put(name, meaning);
        } else {
            later.before = meaning;
        }
    }

    /// Even a Parse that fails has dropped the unnamed statement before.
    void unnamedLost(Note failed) {
        byte[] name = failed.clientName;
        if (name != null && name.length == 0) {
            restoreName(name, null, ledger.firstNoteOf(name));
        }
    }

    /// Takes back what PostgreSQL skipped after an error.
    void toSync() {
        var undo = new ArrayList<Note>();
        if (!ledger.dropToSync(undo)) {
            relay.outward().skipToSync();
        }
        var later = undo.size() > FEW ? ledger.firstNotes() : null;
        for (var note : undo.reversed()) {
            byte[] name = note.clientName;
            if (name != null) {
                restoreName(
                        name, note.before, later == null ? ledger.firstNoteOf(name) : later.get(ByteBuffer.wrap(name)));
            }
            if (note.parsed != null) {
                relay.held().statements().remove(note.parsed);
            }
            if (note.evicted != null) {
                relay.held().statements().add(note.evicted);
            }
        }
    }

    /// PostgreSQL skips the query that follows what failed: that error is its answer.
    void answersQuery() {
        var _ = ledger.dropToSync(new ArrayList<>());
        ledger.forward(Ledger.SYNC, null);
        relay.outward().sendBehind(out -> FrontendWriter.bare(out, Frontend.SYNC));
    }

    /// Takes back all that was asked in this batch: PostgreSQL will be ready once more, and nobody hears of it.
    void startOver() {
        boolean isSynced = ledger.owesReady();
        toSync();
        if (isSynced) {
            ledger.swallowHead();
        } else {
            relay.outward().heardSync();
            FrontendWriter.bare(relay.toServer().space(5), Frontend.SYNC);
            ledger.swallow(Ledger.SYNC, null);
            relay.toServer().flush();
        }
    }

    private ClientStatements names() {
        return relay.statements();
    }
}
