package io.pgdoorman.operator.local;

import io.pgdoorman.operator.render.Renderer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Starts the pooler's own script, on a leash.
final class PoolerLauncher implements Launcher {

    /// Several poolers share one machine with a database: a small heap and few threads unless the user says otherwise.
    private static final Map<String, String> ENVIRONMENT = System.getenv().containsKey("POOLER_JAVA_OPTS")
            ? Map.of()
            : Map.of("POOLER_JAVA_OPTS", "-Xms48m -Xmx192m -XX:+UseSerialGC");

    private final Path command;

    PoolerLauncher(Path command) {
        this.command = command;
    }

    @Override
    public Running start(Path folder) throws IOException {
        var line =
                List.of(command.toString(), folder.resolve(Renderer.CONFIG_FILE).toString());
        return new Leashed(Leash.start(new Leash.Dog(line, "TERM", folder, folder.resolve("log"), ENVIRONMENT)));
    }

    private record Leashed(Process process) implements Running {
        @Override
        public boolean isAlive() {
            return process.isAlive();
        }

        @Override
        public int exitCode() {
            return process.exitValue();
        }

        @Override
        public void terminate() {
            process.destroy();
        }

        @Override
        public void kill() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
