package io.pgdoorman.operator.app;

import io.pgdoorman.operator.local.Accounts;
import io.pgdoorman.operator.local.LocalEdge;
import io.pgdoorman.operator.local.Observer;
import io.pgdoorman.operator.local.PoolView;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// `operator local`: runs the pools of a folder of manifests as processes of this machine.
final class LocalCommand {

    private static final int CONTROL_PORT = 9127;
    private static final String SERVICE = "service";

    private LocalCommand() {}

    /// Runs until SIGINT or SIGTERM, which drain the processes.
    static void run(List<String> flags, PrintStream out)
            throws Settings.UsageException, IOException, InterruptedException {
        var options = read(flags);
        var busy = LocalEdge.busyPorts(options.manifests(), options.controlPort());
        if (!busy.isEmpty()) {
            throw new IOException(String.join(", ", busy) + " in use by another process");
        }
        var edge = LocalEdge.on(options, new Lines(out));
        var drained = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(edge, drained), "stop"));
        try {
            edge.run();
        } finally {
            drained.countDown();
        }
    }

    /// Waits for the drain, not for the thread: that one may be what ends the JVM, and would wait for this hook.
    private static void stop(LocalEdge edge, CountDownLatch drained) {
        edge.stop();
        try {
            drained.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    static LocalEdge.Options read(List<String> flags) throws Settings.UsageException {
        var values = new HashMap<String, String>();
        var services = new HashMap<String, String>();
        for (var flag : flags) {
            var parts = flag.split("=", 2);
            var name = parts[0].startsWith("--") ? parts[0].substring(2) : "";
            if (parts.length < 2
                    || !List.of("manifests", "state", "pooler", "control-port", SERVICE)
                            .contains(name)) {
                throw new Settings.UsageException("unknown argument " + flag);
            }
            if (name.equals(SERVICE)) {
                service(parts[1], services);
            } else {
                values.put(name, parts[1]);
            }
        }
        return new LocalEdge.Options(
                path(values, "manifests"), path(values, "state"), path(values, "pooler"), services, port(values));
    }

    private static void service(String value, Map<String, String> services) throws Settings.UsageException {
        var parts = value.split("=", 2);
        if (parts.length < 2 || !parts[1].contains(":")) {
            throw new Settings.UsageException("--service is NAME=HOST:PORT, not " + value);
        }
        services.put(parts[0], parts[1]);
    }

    private static Path path(Map<String, String> values, String name) throws Settings.UsageException {
        var value = values.get(name);
        if (value == null) {
            throw new Settings.UsageException("local needs --" + name + "=PATH");
        }
        return Path.of(value).toAbsolutePath();
    }

    private static int port(Map<String, String> values) throws Settings.UsageException {
        var value = values.getOrDefault("control-port", Integer.toString(CONTROL_PORT));
        return Settings.port("control-port", value);
    }

    /// Prints lines as they come, and the table whenever it changed.
    private record Lines(PrintStream out) implements Observer {
        @Override
        public void says(String line) {
            out.println(line);
        }

        @Override
        public void changed(List<PoolView> pools, List<String> table) {
            table.forEach(out::println);
        }

        @Override
        public void accepted(Accounts accounts) {}
    }
}
