package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.http.ControlState;
import io.pgdoorman.pooler.net.Passage;
import io.pgdoorman.pooler.upgrade.OldProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Upgrade in place: starts the new process, hands everything over to it and ends this one when it is empty. Whatever
/// fails before the new process has taken over leaves this one as it was; if the new one ends while clients are still
/// here, this one serves again.
final class Upgrade {
    private static final Logger LOG = LoggerFactory.getLogger(Upgrade.class);

    /// From its start until the new process can take over. Nothing is lost by patience, as this one serves meanwhile,
    /// and on a machine with no time to spare a JVM takes minutes.
    private static final int START_SECONDS = 300;

    private static final int LOOK_MILLIS = 10;

    private final Pooler pooler;
    private final Successor.Start start;
    private final AtomicBoolean runs = new AtomicBoolean();

    Upgrade(Pooler pooler) {
        this(pooler, Successor::start);
    }

    Upgrade(Pooler pooler, Successor.Start start) {
        this.pooler = pooler;
        this.start = start;
    }

    /// What became of it.
    sealed interface Outcome {
        /// @param pid of the process that accepts clients now
        record TakenOver(long pid) implements Outcome {}

        record Failed(String reason) implements Outcome {}
    }

    /// Who wants to know which process is the one that matters.
    interface Listener {
        void handedOver(long pid);

        void tookBack();
    }

    /// Blocks until the new process has taken over or has failed to.
    Outcome run() {
        if (!runs.compareAndSet(false, true)) {
            return new Outcome.Failed("an upgrade is under way");
        }
        Outcome outcome;
        try {
            outcome = tried();
        } catch (IOException | RuntimeException failed) {
            outcome = new Outcome.Failed(String.valueOf(failed.getMessage()));
        }
        switch (outcome) {
            case Outcome.TakenOver(var pid) ->
                LOG.atInfo()
                        .setMessage("the new process has taken over")
                        .addKeyValue("pid", pid)
                        .log();
            case Outcome.Failed(var reason) -> {
                runs.set(false);
                LOG.atError()
                        .setMessage("the upgrade failed, this process goes on")
                        .addKeyValue("reason", reason)
                        .log();
            }
        }
        return outcome;
    }

    private Outcome tried() throws IOException {
        var objection = objection();
        if (objection != null) {
            return new Outcome.Failed(objection);
        }
        var folder = Files.createTempDirectory(
                "pooler-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            return started(folder);
        } finally {
            remove(folder);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.delete(folder);
    }

    private @Nullable String objection() {
        if (!Passage.isPossible(pooler.loops())) {
            return "only the transport epoll can hand over descriptors";
        }
        if (ProcessHandle.current().pid() == 1) {
            return "this is process 1 of a container, which ends with it: replace the container instead";
        }
        if (pooler.phase() != ControlState.Phase.READY) {
            return "the pooler is " + pooler.phase().name().toLowerCase(Locale.ROOT);
        }
        return pooler.succession().hasOldProcess() ? "the process before this one still serves clients" : null;
    }

    private Outcome started(Path folder) throws IOException {
        var oldProcess = new OldProcess(pooler.loops(), folder, pooler.doors().descriptors(), pooler.cancels());
        Successor.Started process;
        try {
            process = start.in(folder);
        } catch (IOException cannotStart) {
            oldProcess.giveUp("no process can be started");
            throw cannotStart;
        }
        oldProcess.expect(process.pid());
        var _ = process.ended().thenAccept(oldProcess::giveUp);
        Set<String> adopted;
        try {
            adopted = oldProcess.prepared().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            process.kill().run();
            return new Outcome.Failed(reason(failed));
        } catch (TimeoutException late) {
            process.kill().run();
            oldProcess.giveUp("it took too long");
            return new Outcome.Failed("the new process was not ready after " + START_SECONDS + " s");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            process.kill().run();
            oldProcess.giveUp("interrupted");
            return new Outcome.Failed("interrupted");
        }
        pooler.succession().handOver(process.pid(), adopted);
        pooler.budget().windDown(oldProcess);
        if (!oldProcess.take()) {
            process.kill().run();
            pooler.succession().takeBack();
            return new Outcome.Failed(oldProcess.ended().toCompletableFuture().getNow(""));
        }
        if (oldProcess.takesClients()) {
            pooler.clients().move(oldProcess);
        }
        pooler.errands().execute(() -> follow(oldProcess, process));
        return new Outcome.TakenOver(process.pid());
    }

    private static String reason(ExecutionException failed) {
        var cause = failed.getCause();
        return String.valueOf(cause == null ? failed.getMessage() : cause.getMessage());
    }

    /// Until this process is empty, has no more time, is asked to end, or has to serve again.
    private void follow(OldProcess oldProcess, Successor.Started newProcess) {
        var clients = pooler.clients();
        var ended = oldProcess.ended().toCompletableFuture();
        long deadline = pooler.clock().getAsLong() + pooler.shutdown().timeout().toNanos();
        try {
            while (!pooler.isAskedToEnd()) {
                if (ended.isDone()) {
                    serveAgain(ended.getNow(""));
                    return;
                }
                if (clients.count() == 0 || pooler.clock().getAsLong() - deadline >= 0) {
                    break;
                }
                pooler.budget().windDown(oldProcess);
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (clients.count() == 0) {
            oldProcess.done();
        }
        LOG.atInfo()
                .setMessage("clients were handed over")
                .addKeyValue("client", oldProcess.moved())
                .addKeyValue("pid", newProcess.pid())
                .log();
        pooler.askToEnd();
    }

    private void serveAgain(String reason) {
        pooler.clients().move(null);
        pooler.succession().takeBack();
        runs.set(false);
        LOG.atError()
                .setMessage("the new process is gone, this one serves again")
                .addKeyValue("reason", reason)
                .log();
    }
}
