package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Those who gave an order and wait until it is true: PAUSE until no server is in use, RECONNECT until no old
/// one is left. Guarded by the pool's lock; promises are kept outside of it.
final class Watches<S extends PoolServer> {
    private final Books<S> books;
    private final List<CompletableFuture<Boolean>> pauses = new ArrayList<>();
    private final List<CompletableFuture<Boolean>> reconnects = new ArrayList<>();

    /// A promise that can be kept now.
    record Kept(List<CompletableFuture<Boolean>> promises, boolean fulfilled) {
        static final Kept NONE = new Kept(List.of(), true);

        void tell() {
            // Mostly there is none, at the end of each transaction.
            for (int i = 0; i < promises.size(); i++) {
                promises.get(i).complete(fulfilled);
            }
        }
    }

    Watches(Books<S> books) {
        this.books = books;
    }

    CompletableFuture<Boolean> untilPaused() {
        var promise = new CompletableFuture<Boolean>();
        pauses.add(promise);
        return promise;
    }

    CompletableFuture<Boolean> untilReconnected() {
        var promise = new CompletableFuture<Boolean>();
        reconnects.add(promise);
        return promise;
    }

    /// Something came back or ended: what is true now.
    Kept due() {
        if (pauses.isEmpty() && reconnects.isEmpty()) {
            return Kept.NONE;
        }
        var kept = new ArrayList<CompletableFuture<Boolean>>();
        if (!pauses.isEmpty() && !books.isInUse()) {
            kept.addAll(pauses);
            pauses.clear();
        }
        if (!reconnects.isEmpty() && !books.hasOldEpoch()) {
            kept.addAll(reconnects);
            reconnects.clear();
        }
        return kept.isEmpty() ? Kept.NONE : new Kept(kept, true);
    }

    /// The pause ended before it was complete.
    Kept pauseEnded() {
        var broken = List.copyOf(pauses);
        pauses.clear();
        return new Kept(broken, false);
    }
}
