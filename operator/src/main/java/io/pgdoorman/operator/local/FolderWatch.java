package io.pgdoorman.operator.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Says whether the YAML files of a folder changed since the last look.
///
/// The file system's events only shorten the wait: what counts is the look itself, so a file system without events
/// (network, overlay) costs half a second and nothing else. Owned by the loop's thread.
final class FolderWatch implements AutoCloseable {

    private record Stamp(String name, long size, long modifiedNanos, Object key) {}

    private final Path folder;
    private final WatchService events;
    private @Nullable List<Stamp> last;

    FolderWatch(Path folder) throws IOException {
        this.folder = folder;
        this.events = folder.getFileSystem().newWatchService();
        folder.register(
                events,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY,
                StandardWatchEventKinds.ENTRY_DELETE);
    }

    /// Waits for an event, at most `millis`.
    void await(long millis) throws InterruptedException {
        var key = events.poll(millis, TimeUnit.MILLISECONDS);
        while (key != null) {
            key.pollEvents();
            key.reset();
            key = events.poll();
        }
    }

    /// True once per change, and at the first look.
    boolean changed() throws IOException {
        var now = look();
        var changed = !now.equals(last);
        last = now;
        return changed;
    }

    /// The next look is the first again: what was seen could not be read.
    void forget() {
        last = null;
    }

    private List<Stamp> look() throws IOException {
        var stamps = new ArrayList<Stamp>();
        for (var file : ManifestFolder.files(folder)) {
            try {
                var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamps.add(new Stamp(
                        file.getFileName().toString(),
                        attributes.size(),
                        attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                        String.valueOf(attributes.fileKey())));
            } catch (NoSuchFileException _) {
                // Removed between listing and looking: the next look says so.
            }
        }
        return stamps;
    }

    @Override
    public void close() throws IOException {
        events.close();
    }
}
