package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Poolers that take over one from another. All are in this process, and all between them is as it is between two: the
/// kernel's sockets and descriptors.
final class Generations implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 120;

    private final Path config;
    private final List<Pooler> oldProcesses = new ArrayList<>();
    private CompletableFuture<Pooler> newProcess = new CompletableFuture<>();
    private CompletableFuture<String> newProcessEnded = new CompletableFuture<>();
    private Pooler pooler;

    Generations(Path config) throws IOException {
        this.config = config;
        this.pooler = Pooler.start(config);
    }

    /// The youngest.
    Pooler current() {
        return pooler;
    }

    Door door() {
        return new Door("pooler", "127.0.0.1", pooler.port());
    }

    private Successor.Started start(Path passage) {
        var ancestor = new Successor.Ancestor(passage, ProcessHandle.current().pid());
        var next = new CompletableFuture<Pooler>();
        var ended = new CompletableFuture<String>();
        newProcess = next;
        newProcessEnded = ended;
        Thread.startVirtualThread(() -> {
            try {
                next.complete(Pooler.takeOver(config, ancestor));
            } catch (IOException | RuntimeException refused) {
                next.completeExceptionally(refused);
                ended.complete("the new process ended");
            }
        });
        return new Successor.Started(ProcessHandle.current().pid(), ended, () -> {});
    }

    Upgrade.Outcome tryToUpgrade() {
        return new Upgrade(pooler, this::start).run();
    }

    /// The next generation takes over.
    ///
    /// @return the one before
    Pooler upgrade() throws Exception {
        var before = pooler;
        assertThat(tryToUpgrade()).isInstanceOf(Upgrade.Outcome.TakenOver.class);
        pooler = newProcess.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        oldProcesses.add(before);
        return before;
    }

    /// The process that is about to take over is gone, as its parent hears.
    void newProcessDies() {
        newProcessEnded.complete("killed");
    }

    /// The youngest dies, and the one before goes on.
    void goBack() {
        pooler.close();
        pooler = oldProcesses.removeLast();
    }

    @Override
    public void close() {
        pooler.close();
        oldProcesses.forEach(Pooler::close);
    }
}
