package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.ServerStatements;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import org.jspecify.annotations.Nullable;

/// Brings the server at hand the statements that it lacks, under the names that all clients share, and lets it forget
/// what no longer fits. Belongs to the event loop.
final class Supply {
    private final Relay relay;
    private final Ledger ledger;
    private final Outbox out;
    private final StatementCache cache;
    private final Namesakes namesakes;
    private final ServerChanges changes;

    Supply(Relay relay, StatementCache cache, Namesakes namesakes, ServerChanges changes) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.out = relay.toServer();
        this.cache = cache;
        this.namesakes = namesakes;
        this.changes = changes;
    }

    /// Parses on the server, and closes there what no longer fits.
    ///
    /// @param tail what follows the name in its Parse
    void send(Statement statement, byte[] tail) {
        relay.traffic().parseMiss();
        var server = relay.held();
        server.counters().parseMiss();
        server.statements().add(statement);
        if (cache.serverCapacity() >= 0) {
            server.statements().setCapacity(cache.serverCapacity());
        }
        makeRoom(server.statements());
        if (server.statements().isDoubtful()) {
            FrontendWriter.closeStatement(out.space(64), statement.name());
            ledger.swallow(Ledger.CLOSE, null);
        }
        namesakes.parsed(statement);
        changes.add(statement);
        FrontendWriter.parse(out.space(tail.length + 64), statement.name(), tail);
    }

    private void makeRoom(ServerStatements known) {
        if (relay.status() == Backend.STATUS_FAILED) {
            return; // this Parse fails, and one that was closed for it could not be parsed again to be described
        }
        evict();
        if (known.size() > 1 && !ledger.owesSync()) {
            // One more each time, until a cache that was made smaller fits; behind a Sync the next may be an open one.
            evict();
        }
    }

    private void evict() {
        var evicted = relay.held().statements().evict();
        if (evicted != null) {
            close(evicted);
        }
    }

    /// The server is to forget what it does not count any more.
    void close(Statement evicted) {
        changes.add(evicted);
        FrontendWriter.closeStatement(out.space(64), evicted.name());
        ledger.swallow(Ledger.CLOSE, Note.evicted(evicted));
    }

    /// The server may be another than the one that parsed it: then the Parse goes in the same batch.
    ///
    /// @return that Parse, null where there is none
    @Nullable
    Note ensureKnown(Statement statement) {
        if (relay.held().statements().use(statement)) {
            return null;
        }
        send(statement, statement.analysedTail());
        var parse = Note.injected(statement);
        ledger.swallow(Ledger.PARSE, parse);
        return parse;
    }
}
