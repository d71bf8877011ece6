package io.pgdoorman.pooler.app;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the user asked for.
///
/// @param logLevel one of error, warn, info, debug, trace, off
/// @param logFormat text or structured
/// @param pidFile gets the number of the process; null for none
record CommandLine(
        Action action,
        Path configFile,
        String logLevel,
        String logFormat,
        @Nullable Path pidFile) {
    static final String HELP = """
        Usage: pooler [run] [CONFIG_FILE] [options]
               pooler check|generate|import|top|completion ... (see pooler help COMMAND)

          CONFIG_FILE               configuration, YAML (.yaml, .yml) or TOML; or environment CONFIG_FILE
                                    (default pg_doorman.toml)
          -t, --test-config         check the configuration; exit 0 if it is valid, else 78
          --rehearse                live some seconds without a database, to make an AOT cache (Dockerfile.pooler)
          -l, --log-level LEVEL     error, warn, info, debug, trace or off; or environment LOG_LEVEL
          -F, --log-format FORMAT   text or structured (JSON lines); or environment LOG_FORMAT
          --pid-file FILE           write the number of the process there while it runs
          -n, --no-color            accepted; logs have no colours
          -V, --version             print the version
          -h, --help                print this

        Signals: HUP loads the configuration anew; USR2 starts a new process that takes over (bin/pooler sets
        _JAVA_SR_SIGNUM, which that needs); TERM and INT drain, a second one leaves at once.
        Environment: POOLER_TRANSPORT = epoll, nio or io_uring (default: the best that works);
        NOTIFY_SOCKET and WATCHDOG_USEC as systemd sets them.
        """;

    private static final Set<String> LEVELS = Set.of("error", "warn", "info", "debug", "trace", "off");
    private static final Set<String> FORMATS = Set.of("text", "structured");

    enum Action {
        RUN,
        TEST,
        REHEARSE,
        VERSION,
        HELP
    }

    /// @throws IllegalArgumentException with the argument, its value and what was expected
    static CommandLine parse(String[] arguments, Map<String, String> environment) {
        var action = Action.RUN;
        var file = environment.getOrDefault("CONFIG_FILE", "pg_doorman.toml");
        var level = environment.getOrDefault("LOG_LEVEL", "info");
        var format = environment.getOrDefault("LOG_FORMAT", "text");
        boolean named = false;
        @Nullable Path pidFile = null;
        for (int i = arguments.length > 0 && arguments[0].equals("run") ? 1 : 0; i < arguments.length; i++) {
            var argument = arguments[i];
            switch (argument) {
                case "-t", "--test-config" -> action = Action.TEST;
                case "--rehearse" -> action = Action.REHEARSE;
                case "-V", "--version" -> action = Action.VERSION;
                case "-h", "--help" -> action = Action.HELP;
                case "-n", "--no-color" -> {}
                case "-l", "--log-level" -> level = value(arguments, ++i, argument);
                case "--pid-file" -> pidFile = Path.of(value(arguments, ++i, argument));
                case "-F", "--log-format" -> format = value(arguments, ++i, argument);
                default -> {
                    if (argument.startsWith("-")) {
                        throw new IllegalArgumentException("unknown option " + argument + " (see pooler --help)");
                    }
                    if (named) {
                        throw new IllegalArgumentException("more than one configuration file: " + argument);
                    }
                    named = true;
                    file = argument;
                }
            }
        }
        level = oneOf("log level", level, LEVELS);
        format = oneOf("log format", format, FORMATS);
        return new CommandLine(action, Path.of(file), level, format, pidFile);
    }

    private static String value(String[] arguments, int at, String option) {
        if (at >= arguments.length) {
            throw new IllegalArgumentException("option " + option + " needs a value");
        }
        return arguments[at];
    }

    private static String oneOf(String what, String value, Set<String> known) {
        var folded = value.toLowerCase(Locale.ROOT);
        if (!known.contains(folded)) {
            throw new IllegalArgumentException(what + ": \"" + value + "\" (expected one of "
                    + known.stream().sorted().toList() + ")");
        }
        return folded;
    }

    /// Makes the log as asked; the appender is chosen by logback.xml from these properties.
    void configureLogging() {
        LogSettings.apply(Level.toLevel(logLevel), logFormat.equals("structured"));
    }
}
