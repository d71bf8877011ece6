package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.client.DrainReport;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Pools that the configuration has no more. Each goes on until the last of its clients has left at the end of its
/// transaction, as it would in a drain of the whole process: who has begun one, or waits, must get a server yet.
/// What is left after `shutdown_timeout` is ended where it is. Guarded by its monitor; any thread.
final class Retirements {
    private static final Logger LOG = LoggerFactory.getLogger(Retirements.class);

    private final Clients clients;
    private final Loops loops;
    private final LongSupplier clock;
    private final List<Leaving> leaving = new ArrayList<>();
    private long limitNanos;

    /// @param begun how many clients there were
    private record Leaving(LivePool pool, PgError why, int begun, long sinceNanos) {}

    Retirements(Clients clients, Loops loops, LongSupplier clock) {
        this.clients = clients;
        this.loops = loops;
        this.clock = clock;
    }

    /// As the live configuration says, also to those that leave already.
    synchronized void limit(Duration shutdownTimeout) {
        limitNanos = shutdownTimeout.toNanos();
    }

    synchronized void begin(LivePool pool) {
        var one = new Leaving(pool, reason(pool), pool.clients().clientCount(), clock.getAsLong());
        if (pool.clients().isEmpty()) {
            end(pool, one.why);
        } else {
            LOG.atInfo()
                    .setMessage("draining a pool")
                    .addKeyValue("database", pool.clients().database())
                    .addKeyValue("user", pool.clients().user())
                    .addKeyValue("client", one.begun)
                    .log();
            clients.drain(pool.clients(), one.why);
            leaving.add(one);
        }
    }

    private static PgError reason(LivePool pool) {
        return PgError.fatal(
                        SqlState.ADMIN_SHUTDOWN,
                        "the pool of database \"" + pool.clients().database() + "\" and user \""
                                + pool.clients().user() + "\" was removed from the configuration")
                .withHint("The pooler's configuration was reloaded.");
    }

    /// Ends the pools that have no clients any more, or whose time is over.
    synchronized void look() {
        leaving.removeIf(this::hasEnded);
    }

    private boolean hasEnded(Leaving one) {
        var pool = one.pool.clients();
        boolean isLate = clock.getAsLong() - one.sinceNanos >= limitNanos;
        if (!pool.isEmpty() && !isLate) {
            clients.drain(pool, one.why); // who was still logging in when it began
            return false;
        }
        DrainReport.of(one.begun, clients.snapshots(pool)).tell(LOG, false);
        clients.end(pool, one.why);
        end(one.pool, one.why);
        return true;
    }

    private void end(LivePool pool, PgError why) {
        pool.servers().retire(why);
        pool.clients().forgetStatements(loops);
    }

    /// Ends all of them now.
    synchronized void end(PgError why) {
        leaving.forEach(one -> one.pool.servers().retire(why));
        leaving.clear();
    }
}
