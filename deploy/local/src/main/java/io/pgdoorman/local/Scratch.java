package io.pgdoorman.local;

import io.pgdoorman.operator.local.Leash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A folder for all that runs, readable by its owner only; gone when closed, and also when this JVM is killed.
final class Scratch implements AutoCloseable {

    private final Path folder;
    private final Process sweeper;

    private Scratch(Path folder, Process sweeper) {
        this.folder = folder;
        this.sweeper = sweeper;
    }

    static Scratch create() throws Trouble {
        var parent = Path.of(System.getProperty("java.io.tmpdir"));
        Path folder = null;
        try {
            folder = Files.createTempDirectory(parent, "doorman-");
            // A full disk still makes empty folders: try to put something there.
            Files.writeString(folder.resolve("probe"), "x".repeat(64 * 1024));
            Files.delete(folder.resolve("probe"));
            return new Scratch(folder, Leash.sweeper(folder));
        } catch (IOException e) {
            remove(folder);
            throw new Trouble(
                    "cannot write to " + parent + " (set TMPDIR or -Djava.io.tmpdir to another place): " + Words.of(e));
        }
    }

    private static void remove(@Nullable Path folder) {
        try {
            if (folder != null) {
                Folders.delete(folder);
            }
        } catch (IOException _) {
            // The first failure is told; this one follows from it.
            return;
        }
    }

    Path folder() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        Folders.delete(folder);
        Leash.letGo(sweeper);
    }
}
