package io.pgdoorman.pooler.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/// Starts the process after this one: the command line that this one was started by, read anew from disk, so that a new
/// JVM and new jars at their old places are taken.
final class Successor {
    /// Tells a process where the one before it waits.
    static final String FOLDER = "POOLER_UPGRADE_FOLDER";

    private Successor() {}

    /// A process that was started.
    ///
    /// @param ended why, once it has
    record Started(long pid, CompletionStage<String> ended, Runnable kill) {}

    /// Starts a process, which finds this one by the folder.
    @FunctionalInterface
    interface Start {
        Started in(Path folder) throws IOException;
    }

    static Started start(Path folder) throws IOException {
        var builder = new ProcessBuilder(commandLine()).inheritIO();
        builder.environment().put(FOLDER, folder.toString());
        // named this process; without it the watchdog is that of whoever is the main process
        builder.environment().remove("WATCHDOG_PID");
        var process = builder.start();
        return new Started(
                process.pid(),
                process.onExit().thenApply(gone -> "the new process ended with status " + gone.exitValue()),
                process::destroyForcibly);
    }

    /// Not as the JDK tells it: that leaves out what is longer than a page.
    static List<String> commandLine() throws IOException {
        var text = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8);
        var parts = new ArrayList<>(List.of(text.split("\0", -1)));
        parts.removeLast(); // behind the last NUL
        return parts;
    }

    /// Where the process before this one waits.
    ///
    /// @param pid its number
    record Ancestor(Path folder, long pid) {
        /// @throws IOException when it has gone already
        static Ancestor of(Map<String, String> environment) throws IOException {
            var parent = ProcessHandle.current()
                    .parent()
                    .orElseThrow(() -> new IOException("the process before this one has ended"));
            return new Ancestor(Path.of(environment.getOrDefault(FOLDER, "")), parent.pid());
        }
    }
}
