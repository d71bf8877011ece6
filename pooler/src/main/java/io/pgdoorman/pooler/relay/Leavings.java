package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.session.CommandTag;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.session.Resets;
import io.pgdoorman.pooler.session.SessionDirt;

/// Follows in PostgreSQL's answers what a client leaves in the session of its server. Belongs to the event loop.
final class Leavings {
    private final Relay relay;
    private final Ledger ledger;

    Leavings(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
    }

    /// @return whether the client may be told
    boolean commandComplete(ByteBuf in, int body, int end) {
        if (ledger.isHeadSwallowed()) {
            // What we do ourselves is in the books already, but for an answer of ours.
            if (Note.CHANNELS.equals(ledger.headNote()) && CommandTag.isSelectNone(in, body, end)) {
                relay.held().dirt().remove(Dirt.LISTENS);
            }
            return true;
        }
        var dirt = relay.held().dirt();
        switch (CommandTag.of(in, body, end)) {
            case OTHER -> {}
            case UNLISTEN -> relay.pin().unlistens();
            case SET -> {
                if (mayLeaveSettings()) {
                    addSettings(dirt);
                }
                var _ = noteResets();
            }
            case RESET -> {
                if (!noteResets()) {
                    dirt.add(Dirt.SETTINGS);
                }
            }
            case LISTEN -> {
                dirt.add(Dirt.LISTENS);
                return relay.pin().listens();
            }
            case CODE -> {
                if (!isCodeSeen()) {
                    dirt.addLasting(Dirt.UNKNOWN);
                }
            }
            case LOAD -> dirt.add(Dirt.LIBRARIES);
            case PREPARE -> {
                dirt.add(Dirt.STATEMENTS);
                relay.outward().sqlPrepared();
            }
            case COMMIT -> dirt.committed();
            case ROLLBACK -> dirt.rolledBack();
            case DEALLOCATE -> noteDeallocated();
            case DEALLOCATE_ALL -> statementsForgotten();
            case DISCARD_ALL -> discardedAll();
        }
        return true;
    }

    /// Whether the DO or CALL was looked at: only texts that begin with one are, or have a suspicious word.
    private boolean isCodeSeen() {
        var note = ledger.headNote();
        return note != null && (note.leaves & DirtScan.CODE_SEEN) != 0;
    }

    private void addSettings(SessionDirt dirt) {
        var note = ledger.headNote();
        var names = note == null ? null : note.sets;
        if (names == null) {
            dirt.add(Dirt.SETTINGS);
        } else {
            dirt.addSettings(names);
        }
    }

    /// The next of the head's text that is deallocated is so now; it may be one that the client prepared by protocol.
    private void noteDeallocated() {
        var note = ledger.headNote();
        if (note == null) {
            return;
        }
        byte[] name = note.clientName;
        if (note.deallocates != null && note.deallocates.hasNext()) {
            name = note.deallocates.next();
            var _ = relay.statements().put(name, null);
        }
        if (name != null) {
            relay.outward().deallocated(name);
        }
    }

    /// Whether a SET of the head's text may outlive its transaction unseen.
    private boolean mayLeaveSettings() {
        var note = ledger.headNote();
        int known = note == null ? 0 : note.leaves;
        int harmless = relay.syncsParameters()
                ? DirtScan.ONLY_SET_LOCAL | DirtScan.ONLY_SET_REPORTED
                : DirtScan.ONLY_SET_LOCAL;
        return (known & harmless) == 0;
    }

    /// What the head's text was seen to leave is there now.
    void noteDirt() {
        var note = ledger.headNote();
        if (note != null && note.leaves != 0 && !ledger.isHeadSwallowed()) {
            var dirt = relay.held().dirt();
            if ((note.leaves & DirtScan.LASTS) != 0) {
                dirt.addLasting(note.leaves & Dirt.ALL);
            } else {
                dirt.add(note.leaves & Dirt.ALL);
            }
        }
    }

    /// The head's text reset something.
    ///
    /// @return whether it is known what
    private boolean noteResets() {
        var note = ledger.headNote();
        if (note == null || note.resets == null) {
            return false;
        }
        parametersReset(note.resets);
        return true;
    }

    /// PostgreSQL reset these parameters: the server has its defaults now, and the client wants its own.
    private void parametersReset(Resets resets) {
        var held = relay.held();
        held.setParameters(held.parameters().without(resets));
        relay.parameters().reset(resets);
        relay.parameterSync().mayDiffer();
    }

    private void statementsForgotten() {
        if (relay.settings().mapStatements()) {
            // none was left behind this: all that names statements waited
            relay.held().dirt().remove(Dirt.STATEMENTS);
        }
        relay.outward().noneIsPrepared();
        relay.held().statements().clear();
        relay.statements().forgetNamed();
    }

    private void discardedAll() {
        relay.outward().noneIsPrepared();
        relay.held().discardedAll();
        relay.statements().forgetNamed();
        parametersReset(Resets.ALL);
    }
}
