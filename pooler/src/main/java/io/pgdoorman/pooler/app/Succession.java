package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.upgrade.NewProcess;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which of several processes serves: this one, where one before it has clients yet, or one that follows it
/// ([Upgrade] makes that one).
final class Succession {
    private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

    private final Pooler pooler;
    private final Successor.@Nullable Ancestor ancestor;
    private final @Nullable NewProcess newProcess;
    private final List<Upgrade.Listener> listeners = new CopyOnWriteArrayList<>();

    /// Those of the listening sockets that another process serves now.
    private volatile Set<String> handedOver = Set.of();

    /// @param ancestor the process before this one, null without
    /// @param newProcess our end of the passage from there
    Succession(Pooler pooler, Successor.@Nullable Ancestor ancestor, @Nullable NewProcess newProcess) {
        this.pooler = pooler;
        this.ancestor = ancestor;
        this.newProcess = newProcess;
        if (newProcess != null) {
            var _ = newProcess.ended().thenRunAsync(pooler.budget()::inherit, pooler.errands());
        }
    }

    void tell(Upgrade.Listener listener) {
        listeners.add(listener);
    }

    // ---- the process before

    /// Whether it has clients yet.
    boolean hasOldProcess() {
        return newProcess != null && !newProcess.ended().toCompletableFuture().isDone();
    }

    /// Who stops this process means the one before it too, which would serve again without this one.
    void askOldProcessToEnd() {
        var oldProcess = ancestor;
        if (oldProcess != null && hasOldProcess()) {
            LOG.atInfo()
                    .setMessage("the process before this one is asked to end")
                    .addKeyValue("pid", oldProcess.pid())
                    .log();
            var _ = ProcessHandle.of(oldProcess.pid()).map(ProcessHandle::destroy);
        }
    }

    // ---- the one that follows

    /// Nobody comes in here any more; another process is about to accept.
    ///
    /// @param sockets that it goes on with
    void handOver(long pid, Set<String> sockets) {
        pooler.letsNobodyIn();
        handedOver = sockets;
        pooler.doors().accept(false);
        var control = pooler.control();
        if (control != null) {
            control.stopListening();
        }
        listeners.forEach(listener -> listener.handedOver(pid));
    }

    /// The other process is gone.
    void takeBack() {
        pooler.budget().restore();
        handedOver = Set.of();
        pooler.servesAgain();
        pooler.doors().accept(true);
        var control = pooler.control();
        if (control != null) {
            try {
                var _ = control.start();
            } catch (IOException taken) {
                LOG.atError()
                        .setMessage("the web port cannot be opened again")
                        .addKeyValue("reason", taken.getMessage())
                        .log();
            }
        }
        listeners.forEach(Upgrade.Listener::tookBack);
    }

    /// The listening sockets that are another process's when this one ends.
    Set<String> handedOver() {
        return handedOver;
    }
}
