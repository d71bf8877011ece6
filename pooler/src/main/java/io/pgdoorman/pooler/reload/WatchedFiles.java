package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.hba.HbaFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The files that a configuration was read from, and how each looked just before: what stands behind its links,
/// with size and time, so that the swap of a symbolic link by which Kubernetes delivers files is seen as well
/// as a rename or a write. Looking costs some system calls and works on every file system, which notifications
/// do not.
final class WatchedFiles implements HbaFiles {
    private final Map<Path, String> looks = new TreeMap<>();

    /// The file is about to be read.
    void add(Path file) {
        looks.computeIfAbsent(file.toAbsolutePath(), WatchedFiles::look);
    }

    /// Those that an earlier, whole reading found are watched on; a faulty file may hide what it refers to.
    void addAllOf(WatchedFiles earlier) {
        earlier.looks.keySet().forEach(this::add);
    }

    @Override
    public String read(Path file) throws IOException {
        add(file);
        return HbaFiles.DISK.read(file);
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        add(folder);
        return HbaFiles.DISK.list(folder);
    }

    /// How the files look now that do not look as they did.
    Map<Path, String> changed() {
        var changed = new TreeMap<Path, String>();
        looks.forEach((file, before) -> {
            var now = look(file);
            if (!now.equals(before)) {
                changed.put(file, now);
            }
        });
        return changed;
    }

    private static String look(Path file) {
        try {
            var real = file.toRealPath();
            var attributes = Files.readAttributes(real, BasicFileAttributes.class);
            return real + " " + attributes.size() + " " + attributes.lastModifiedTime() + " " + attributes.fileKey();
        } catch (IOException missing) {
            return String.valueOf(missing);
        }
    }
}
