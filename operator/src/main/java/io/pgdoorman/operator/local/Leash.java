package io.pgdoorman.operator.local;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Starts processes that cannot outlive this one.
///
/// Each process is started by a small shell that keeps reading from a pipe held here, then becomes the process (so the
/// pid is the process's own). When this JVM goes, however it goes, the pipe closes and the reader ends the process.
/// A session of its own keeps the terminal's Ctrl-C away: the poolers must drain before PostgreSQL stops.
public final class Leash {

    /// `$1` is the signal that ends the process. Exits are told by the line "end", so that a pid that another process
    /// took over meanwhile is never hit.
    private static final String HOLD = """
        exec 3<&0
        signal=$1; shift
        {
          while read -r line; do [ "$line" = end ] && exit 0; done
          kill -"$signal" $$
          tries=0
          while kill -0 $$ && [ $tries -lt 30 ]; do sleep 1; tries=$((tries + 1)); done
          kill -KILL $$
        } <&3 >/dev/null 2>&1 &
        exec "$@" </dev/null 3<&-
        """;

    /// `$1` is the folder: it goes when the pipe closes and no process named by a pid file in it is left.
    private static final String SWEEP = """
        while read -r line; do [ "$line" = end ] && exit 0; done
        tries=0
        while [ $tries -lt 60 ]; do
          left=
          for file in "$1"/pid "$1"/*/pid "$1"/*/*/pid; do
            [ -f "$file" ] && kill -0 "$(cat "$file")" && left=yes
          done
          [ -z "$left" ] && break
          sleep 0.5; tries=$((tries + 1))
        done
        rm -rf -- "$1"
        """;

    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private Leash() {}

    /// What to start: the command, the signal that ends it when this JVM is gone, its folder (gets `pid`) and log file.
    public record Dog(List<String> command, String signal, Path folder, Path log, Map<String, String> environment) {
        public Dog {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    public static Process start(Dog dog) throws IOException {
        var process = launch(HOLD, dog.signal(), dog.command(), dog.log(), dog.environment());
        Files.writeString(dog.folder().resolve("pid"), process.pid() + "\n");
        process.onExit().thenAccept(Leash::letGo).exceptionally(_ -> null);
        return process;
    }

    /// Removes `folder` should this JVM end without doing it; [#letGo] the returned process once it is removed.
    public static Process sweeper(Path folder) throws IOException {
        return launch(SWEEP, folder.toString(), List.of(), Path.of("/dev/null"), Map.of());
    }

    public static void letGo(Process process) {
        try (OutputStream pipe = process.getOutputStream()) {
            pipe.write("end\n".getBytes(StandardCharsets.UTF_8));
        } catch (IOException _) {
            // The reader is gone already: nothing is left to hold.
            return;
        }
    }

    private static Process launch(
            String script, String first, List<String> command, Path log, Map<String, String> environment)
            throws IOException {
        var line = new ArrayList<String>();
        if (Files.isExecutable(SETSID)) {
            line.add(SETSID.toString());
        }
        line.addAll(List.of("/bin/sh", "-c", script, "leash", first));
        line.addAll(command);
        var builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }
}
