package io.pgdoorman.pooler.behaviour;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;

/// Waits until PostgreSQL does what a test needs it to do.
final class Running {
    private Running() {}

    /// Until a query sleeps that has these words in its text.
    static void query(String marker) {
        Eventually.isTrue(
                marker + " runs",
                () -> !EmbeddedPg.shared()
                        .asks("select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
                                + " and wait_event = 'PgSleep' and query like '%" + marker + "%'")
                        .isEmpty());
    }
}
