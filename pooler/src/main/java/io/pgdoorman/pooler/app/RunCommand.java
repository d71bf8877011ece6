package io.pgdoorman.pooler.app;

import ch.qos.logback.classic.Level;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pooler [run]`: runs the pooler, with PgDoorman's options.
@Command(
        name = "run",
        description = "Runs the pooler, a PostgreSQL connection pooler; also without a command.",
        mixinStandardHelpOptions = true,
        versionProvider = RunCommand.Version.class,
        footer = {
            "",
            "Signals: HUP loads the configuration anew; USR2 starts a new process that takes over (bin/pooler sets"
                    + " _JAVA_SR_SIGNUM, which that needs); TERM and INT drain, a second one leaves at once.",
            "Environment: POOLER_TRANSPORT = epoll, nio or io_uring (default: the best that works); NOTIFY_SOCKET and"
                    + " WATCHDOG_USEC as systemd sets them."
        })
final class RunCommand implements Callable<Integer> {
    private static final String REHEARSE = "--rehearse";

    private final PrintStream out;
    private final PrintStream err;

    @Parameters(
            arity = "0..1",
            paramLabel = "CONFIG_FILE",
            defaultValue = "pg_doorman.toml",
            description = "configuration, YAML (.yaml, .yml) or TOML; or environment CONFIG_FILE"
                    + " (default: ${DEFAULT-VALUE})")
    private Path file = Path.of("");

    @Option(
            names = {"-t", "--test-config"},
            description = "check the configuration; exit 0 if it is valid, else 78")
    private boolean tests;

    @Option(
            names = REHEARSE,
            description = "live some seconds without a database, to make an AOT cache (Dockerfile.pooler)")
    private boolean rehearses;

    @Option(
            names = {"-l", "--log-level"},
            paramLabel = "LEVEL",
            defaultValue = "info",
            description = "${COMPLETION-CANDIDATES}; or environment LOG_LEVEL")
    private LogLevel level = LogLevel.info;

    @Option(
            names = {"-F", "--log-format"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES} (JSON lines); or environment LOG_FORMAT")
    private LogFormat format = LogFormat.text;

    @Option(names = "--pid-file", paramLabel = "FILE", description = "gets the number of the process while it runs")
    private @Nullable Path pidFile;

    RunCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /// What a command line says that is no more than the name of a file, as in an image, or the rehearsal that makes
    /// the JVM's cache for it: the parser takes a third of a second of processor time at each start, as that cache
    /// takes no classes as old as its, and would fill it with commands that no pod runs.
    ///
    /// @return null where the parser has to look
    static @Nullable RunCommand plain(
            Map<String, String> environment, PrintStream out, PrintStream err, String... arguments) {
        var command = new RunCommand(out, err);
        command.rehearses = arguments.length == 1 && arguments[0].equals(REHEARSE);
        if (arguments.length != 1 || !(command.rehearses || isFile(arguments[0]))) {
            return null;
        }
        command.file = Path.of(arguments[0]);
        var level = named(LogLevel.values(), environment.get("LOG_LEVEL"), command.level);
        var format = named(LogFormat.values(), environment.get("LOG_FORMAT"), command.format);
        if (level == null || format == null) {
            return null;
        }
        command.level = level;
        command.format = format;
        return command;
    }

    /// No command and no option has a dot or a slash.
    private static boolean isFile(String argument) {
        return (argument.indexOf('.') >= 0 || argument.indexOf('/') >= 0)
                && argument.charAt(0) != '-'
                && argument.charAt(0) != '@';
    }

    private static <E extends Enum<E>> @Nullable E named(E[] all, @Nullable String name, E otherwise) {
        if (name == null) {
            return otherwise;
        }
        for (var each : all) {
            if (each.name().equalsIgnoreCase(name)) {
                return each;
            }
        }
        return null;
    }

    @Option(
            names = {"-n", "--no-color"},
            description = "accepted; logs have no colours")
    void colourless(boolean asked) {
        // as PgDoorman's scripts say it
    }

    /// As they are written.
    enum LogLevel {
        error,
        warn,
        info,
        debug,
        trace,
        off
    }

    /// As they are written.
    enum LogFormat {
        text,
        structured
    }

    /// Of this program.
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"pgdoorman pooler " + Pooler.version()};
        }
    }

    @Override
    public Integer call() {
        if (tests) {
            return PoolerMain.test(file, out, err);
        }
        LogSettings.apply(Level.toLevel(level.name()), format == LogFormat.structured);
        return rehearses ? PoolerMain.rehearse(err) : PoolerMain.serve(file, pidFile, err);
    }

    @Override
    public String toString() {
        return "%s test=%b rehearse=%b level=%s format=%s pidFile=%s"
                .formatted(file, tests, rehearses, level.name().toLowerCase(Locale.ROOT), format, pidFile);
    }
}
