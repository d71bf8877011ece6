package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;

/// Room in the process for one more prepared statement. What only servers and caches hold goes first; then clients that
/// have taken much are refused, at last everybody. Belongs to the event loop.
final class StatementRoom {
    private final Relay relay;
    private final Supply supply;
    private final StatementCache cache;
    private final Frame frame;
    private final StatementMemory memory;

    StatementRoom(Relay relay, Supply supply, StatementCache cache, Frame frame) {
        this.relay = relay;
        this.supply = supply;
        this.cache = cache;
        this.frame = frame;
        this.memory = cache.tally().memory();
    }

    /// Whether the Parse at hand has to wait: the server can be made to forget others for it only where it is known
    /// what it will do, which a client that lets its pipeline never end does not let happen.
    ///
    /// @param nul where its name ends in the frame
    boolean isAwaited(int nul, long scope) {
        return relay.ledger().owesSync()
                && memory.isTight(frame.stop() - nul - 1)
                && !cache.knows(frame.in(), nul + 1, frame.stop(), scope);
    }

    /// Whether there is none for what the Parse at hand brings.
    ///
    /// @param name of the client's
    /// @param nul where it ends in the frame
    boolean isLacking(byte[] name, int nul, long scope) {
        int tail = frame.stop() - nul - 1;
        return memory.isTight(tail) && !isMade(name, nul + 1, tail, scope);
    }

    private boolean isMade(byte[] name, int text, int tail, long scope) {
        boolean isKnown = cache.knows(frame.in(), text, frame.stop(), scope);
        if (!isKnown) {
            if (name.length == 0 && relay.ledger().isEmpty()) {
                // PostgreSQL forgets it before it reads the text, and nothing that may fail goes before.
                var _ = relay.statements().put(ClientStatements.UNNAMED, null);
            }
            evict(tail);
            cache.makeRoom(tail);
        }
        int newName = relay.statements().find(name) == null ? name.length : 0;
        return !relay.statements().isTooMuch(newName, isKnown ? -1 : tail);
    }

    /// Lets the server forget as much as comes, where it will surely do so.
    private void evict(int tail) {
        if (relay.status() == Backend.STATUS_FAILED) {
            return;
        }
        int freed = 0;
        while (freed < tail) {
            var evicted = relay.held().statements().evictForMemory();
            if (evicted == null) {
                return;
            }
            supply.close(evicted);
            freed += evicted.tail().length + 1;
        }
    }

    /// PostgreSQL must fail too, so that what follows is skipped and a transaction fails.
    void refuse(byte[] name) {
        frame.drop();
        if (name.length == 0) {
            var _ = relay.statements()
                    .put(ClientStatements.UNNAMED, null, relay.ledger().place());
        }
        FrontendWriter.describeStatement(relay.toServer().space(64), StatementCache.NOBODYS);
        relay.ledger().forward(Ledger.DESCRIBE, Note.refused(error()));
    }

    private PgError error() {
        return PgError.error(SqlState.OUT_OF_MEMORY, "out of memory of the pooler for prepared statements")
                .withDetail("Statements that clients have hold " + memory.held() + " bytes, of at most "
                        + memory.limit() + ", half of the pooler's heap.")
                .withHint("Deallocate statements, or give the pooler a larger heap.");
    }
}
