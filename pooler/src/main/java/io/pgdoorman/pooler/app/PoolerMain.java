package io.pgdoorman.pooler.app;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Fault;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.config.read.Warning;
import io.pgdoorman.pooler.reload.InvalidConfigException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The command line: `pooler [run] [CONFIG_FILE] [options]` as PgDoorman's, and tools beside it.
public final class PoolerMain {
    /// sysexits.h: the configuration is wrong.
    static final int EXIT_CONFIG = 78;

    /// sysexits.h: the command line is wrong.
    static final int EXIT_USAGE = 64;

    /// sysexits.h: the system refused something.
    static final int EXIT_OS = 71;

    private PoolerMain() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        var plain = RunCommand.plain(System.getenv(), out, err, arguments);
        if (plain == null) {
            return CommandTree.of(System.getenv(), out, err).execute(arguments);
        }
        try {
            return plain.call();
        } catch (RuntimeException failure) {
            return failed(failure, err);
        }
    }

    static int failed(Exception failure, PrintStream err) {
        err.println("pooler: " + failure.getMessage());
        return EXIT_OS;
    }

    static int test(Path file, PrintStream out, PrintStream err) {
        return switch (ConfigReader.read(file)) {
            case ReadResult.Invalid(var faults) -> {
                faults.forEach((Fault fault) -> err.println(fault));
                yield EXIT_CONFIG;
            }
            case ReadResult.Valid valid -> {
                valid.warnings().forEach((Warning warning) -> err.println("warning: " + warning));
                out.println("configuration is valid, hash " + valid.hash());
                yield 0;
            }
        };
    }

    static int rehearse(PrintStream err) {
        try {
            new Rehearsal(Duration.ofSeconds(5)).run();
            return 0;
        } catch (IOException failed) {
            err.println("pooler: the rehearsal failed: " + failed.getMessage());
            return EXIT_OS;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return EXIT_OS;
        }
    }

    static int serve(Path configFile, @Nullable Path pid, PrintStream err) {
        try (var pidFile = new PidFile(pid);
                var pooler = started(configFile, System.getenv())) {
            var signals = new SignalWatch(pooler, new Supervisor(System.getenv(), pooler.heartbeats()));
            signals.listen();
            pidFile.write();
            pooler.succession().tell(pidFile);
            signals.untilEnd();
            return 0;
        } catch (InvalidConfigException invalid) {
            invalid.faults().forEach((Fault fault) -> err.println(fault));
            return EXIT_CONFIG;
        } catch (IOException | IllegalArgumentException refused) {
            err.println("pooler: " + refused.getMessage());
            return EXIT_OS;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return EXIT_OS;
        }
    }

    private static Pooler started(Path configFile, Map<String, String> environment) throws IOException {
        return environment.containsKey(Successor.FOLDER)
                ? Pooler.takeOver(configFile, Successor.Ancestor.of(environment))
                : Pooler.start(configFile);
    }
}
