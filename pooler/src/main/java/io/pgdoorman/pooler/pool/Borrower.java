package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.wire.PgError;

/// A client that waits for a server; called on the loop it named.
public interface Borrower<S> {
    /// The server is the borrower's from now on, even if it does not want it any more: then it gives it back.
    void lent(S server);

    void refused(PgError error);
}
