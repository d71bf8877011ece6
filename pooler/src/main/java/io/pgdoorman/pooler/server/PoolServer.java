package io.pgdoorman.pooler.server;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A server as its pool sees it: something that lives on a loop, can be moved, checked and closed.
public interface PoolServer {
    /// The pool's notes about this server.
    PoolSlot slot();

    /// The number of the loop it lives on.
    int loop();

    /// Moves it to another loop; to be called on its own loop while nobody uses it.
    ///
    /// @param done called on the new loop with true, or anywhere with false when the connection was lost
    void moveTo(int loop, Consumer<Boolean> done);

    /// Asks PostgreSQL for a sign of life; to be called on its own loop while nobody uses it.
    ///
    /// @param done called on its loop; false means that the connection was closed
    void probe(Consumer<Boolean> done);

    /// Closes it; may be called from any thread.
    void close(CloseReason reason);

    boolean isOpen();

    /// Why it is not to be lent again though it is open, or null; any thread.
    @Nullable
    CloseReason unwanted();
}
