package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.stats.MemoryBudget;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;

/// One connection's share of what the process holds. Belongs to the connection's event loop.
final class HeldShare {
    private final MemoryBudget budget;
    private int bytes;

    HeldShare(MemoryBudget budget) {
        this.budget = budget;
    }

    /// This much is held now.
    ///
    /// @return whether it has become more and the process holds too much
    boolean is(int now) {
        int change = now - bytes;
        if (change == 0) {
            return false;
        }
        bytes = now;
        budget.change(change);
        return change > 0 && budget.isOver();
    }

    boolean isTight() {
        return budget.isTight();
    }

    PgError error() {
        return PgError.error(SqlState.OUT_OF_MEMORY, "out of memory of the pooler for messages of clients")
                .withDetail(
                        "Messages that wait or are not whole hold more than max_memory_usage (" + budget.limit() + ").")
                .withHint("Ask again later, send less at once, or raise max_memory_usage.");
    }
}
