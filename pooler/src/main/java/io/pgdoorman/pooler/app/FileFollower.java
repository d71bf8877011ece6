package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.reload.Reloader;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads the configuration when its files have changed, if `watch_files` says so.
///
/// A change has to look the same twice: who writes a file in place is not done when the first bytes are there.
final class FileFollower {
    private static final Logger LOG = LoggerFactory.getLogger(FileFollower.class);

    private final Reloader reloader;
    private final Runnable load;
    private final ReentrantLock looking = new ReentrantLock();
    private Map<Path, String> pending = Map.of();

    /// @param load loads what the files say now
    FileFollower(Reloader reloader, Runnable load) {
        this.reloader = reloader;
        this.load = load;
    }

    /// Looks at the files; blocks. When the last look is not over, this one is left out.
    void look() {
        if (!looking.tryLock()) {
            return;
        }
        try {
            if (reloader.live().config().general().upkeep().watchesFiles()) {
                follow(reloader.changedFiles());
            } else {
                pending = Map.of();
            }
        } finally {
            looking.unlock();
        }
    }

    private void follow(Map<Path, String> changed) {
        if (changed.isEmpty() || !changed.equals(pending)) {
            pending = changed;
            return;
        }
        pending = Map.of();
        LOG.atInfo()
                .setMessage("files have changed, loading them")
                .addKeyValue("file", changed.keySet())
                .log();
        load.run();
    }
}
