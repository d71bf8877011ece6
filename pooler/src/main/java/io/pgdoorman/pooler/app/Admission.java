package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.reload.Reloader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// When a process may have its share of a fleet's server connections.
///
/// One that comes to be may replace one that still drains, and both together would have more than the fleet
/// may. So it waits until an operator, who sees all of them, lets it in ([#grant]). Where nobody is there to do
/// so it lets itself in, after as long as whoever was told to go before it came may take; an operator that has
/// no room for it yet puts that off ([#hold]). A container that is started again in the same pod was let in
/// before, and whoever had its share is dead: a mark in the folder of temporary files, which the pod keeps,
/// tells so, and how many connections it might have if that was said ([#keep]).
final class Admission implements Reloader.Keeper {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
    private static final String MARK = "pgdoorman-granted";

    private final @Nullable Duration unattended;
    private final Path mark;
    private final String self;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final boolean waitsAtFirst;

    /// Guarded by the lock.
    private boolean isHeld;

    private boolean isGranted;

    /// Guarded by the lock; what was said of connections, null for nothing.
    private @Nullable Integer connections;

    /// @param unattended how long to wait where nobody is there; null to wait for nobody
    Admission(@Nullable Duration unattended) {
        this(unattended, Path.of(System.getProperty("java.io.tmpdir"), MARK), System.getenv("HOSTNAME"));
    }

    /// @param self name of the pod: a folder that outlives it must not let in another
    Admission(@Nullable Duration unattended, Path mark, @Nullable String self) {
        this.unattended = unattended;
        this.mark = mark;
        this.self = Objects.requireNonNullElse(self, "");
        this.waitsAtFirst = unattended != null && !isMarked();
        this.isGranted = !waitsAtFirst;
    }

    /// Also reads what was said of connections.
    private boolean isMarked() {
        try {
            var lines = Files.isRegularFile(mark) ? Files.readString(mark).split("\n", 2) : new String[0];
            if (lines.length == 0 || !lines[0].equals(self)) {
                return false;
            }
            connections = lines.length == 1 ? null : Integer.valueOf(lines[1]);
            return true;
        } catch (IOException | NumberFormatException unreadable) {
            LOG.atWarn()
                    .setMessage("what tells whether this pod was let in cannot be read")
                    .addKeyValue("reason", unreadable.toString())
                    .log();
            return false;
        }
    }

    /// Whether it waits when the process starts.
    boolean waitsAtFirst() {
        return waitsAtFirst;
    }

    /// Somebody is there and has no room yet.
    ///
    /// @return false when it is let in already
    boolean hold() {
        lock.lock();
        try {
            isHeld = true;
            changed.signalAll();
            return !isGranted;
        } finally {
            lock.unlock();
        }
    }

    /// Lets it in.
    void grant() {
        lock.lock();
        try {
            isGranted = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// What a process before this one in the same pod might have of servers, null if nobody said.
    @Nullable
    Integer connections() {
        lock.lock();
        try {
            return connections;
        } finally {
            lock.unlock();
        }
    }

    /// Remembers it for the next process in this pod.
    @Override
    public void keep(@Nullable Integer allowed) throws IOException {
        lock.lock();
        try {
            write(allowed);
            connections = allowed;
        } finally {
            lock.unlock();
        }
    }

    /// Blocks until it is let in, or it is time to enter unasked. The mark is written by then if somebody let it in;
    /// else it is not, as how much it may have is not said yet.
    ///
    /// @return whether somebody did
    boolean await() throws InterruptedException {
        lock.lock();
        try {
            long left = Objects.requireNonNull(unattended).toNanos();
            while (!isGranted && left > 0) {
                left = changed.awaitNanos(left);
                if (isHeld) {
                    isHeld = false;
                    left = unattended.toNanos();
                }
            }
            if (!isGranted) {
                LOG.atWarn()
                        .setMessage("nobody lets this pooler in, it takes its share of server connections")
                        .addKeyValue("elapsedMs", unattended.toMillis())
                        .log();
                isGranted = true; // whoever tells it to wait on must hear that it does not
                return false;
            }
            note();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// It enters unasked, with so many connections.
    ///
    /// @param taken null for what the configuration says
    void enters(@Nullable Integer taken) {
        lock.lock();
        try {
            connections = taken;
            note();
        } finally {
            lock.unlock();
        }
    }

    /// Under the lock.
    private void note() {
        try {
            write(connections);
        } catch (IOException unwritable) {
            LOG.atWarn()
                    .setMessage("a restart of this container will have to wait to be let in again")
                    .addKeyValue("reason", unwritable.toString())
                    .log();
        }
    }

    /// Others count on what it says, so it is on disk, whole.
    private void write(@Nullable Integer allowed) throws IOException {
        var text = allowed == null ? self : self + "\n" + allowed;
        var next = mark.resolveSibling(mark.getFileName() + ".new");
        try (var file = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
        }
        Files.move(next, mark, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
