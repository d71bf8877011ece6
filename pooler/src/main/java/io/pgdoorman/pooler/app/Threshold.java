package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.http.ControlState.Phase;
import io.pgdoorman.pooler.reload.Reloader;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is shut until this process is let in ([Admission] says when), and opened then: its pools first, its door to
/// clients last.
final class Threshold {
    private static final Logger LOG = LoggerFactory.getLogger(Threshold.class);
    private static final PgError NOT_YET = PgError.fatal(
                    SqlState.CANNOT_CONNECT_NOW, "this pooler has no share of its fleet's server connections yet")
            .withHint("Connect to another one, or again in a while.");

    private final Pooler pooler;
    private final Admission admission;

    /// @param unattended how long to wait where nobody is there; null to wait for nobody
    Threshold(Pooler pooler, @Nullable Duration unattended) {
        this.pooler = pooler;
        this.admission = new Admission(unattended);
        if (isShutAtFirst()) {
            pooler.clients().refuseNewcomers(NOT_YET);
        }
    }

    boolean isShutAtFirst() {
        return admission.waitsAtFirst();
    }

    /// What a process before this one in the same pod might have of servers, null if nobody said.
    @Nullable
    Integer connections() {
        return admission.connections();
    }

    /// Who remembers what this one may have.
    Reloader.Keeper keeper() {
        return admission;
    }

    /// From here on somebody may let it in.
    void waitToBeLetIn() {
        LOG.atInfo()
                .setMessage("pooler waits for its share of server connections")
                .log();
        pooler.errands().execute(this::await);
    }

    private void await() {
        try {
            if (admission.await()) {
                var _ = pooler.reloader().open(null);
            } else {
                pooler.reloader().openUnattended(admission::enters);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return;
        }
        enter();
    }

    /// Somebody is there and has no room yet.
    ///
    /// @return false when it is let in already
    boolean hold() {
        return admission.hold();
    }

    /// Lets this process have its share of its fleet's server connections.
    ///
    /// @param expectedHash if another configuration is live, nothing is done
    /// @return whether it has it
    boolean grant(@Nullable String expectedHash) {
        if (!pooler.reloader().open(expectedHash)) {
            return false;
        }
        admission.grant();
        enter(); // whoever looks next must not take it for one that waits
        return true;
    }

    private void enter() {
        if (pooler.becomeReady(Phase.WAITING)) {
            pooler.clients().admitNewcomers(NOT_YET);
        }
    }
}
