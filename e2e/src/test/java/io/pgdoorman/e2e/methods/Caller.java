package io.pgdoorman.e2e.methods;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.local.LocalPooler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A driver that logs in as libpq's environment variables say, and tells `user NAME` or `refused REASON`.
enum Caller {
    LIBPQ("libpq (psql)") {
        @Override
        String call(Map<String, String> environment) {
            var output = Command.of("psql", "-XAtc", "select 'user ' || current_user")
                    .with(environment)
                    .run();
            return output.succeeded() ? output.out() : "refused " + output.err();
        }

        @Override
        Optional<String> cannot(Method method) {
            return method == Method.DIRECT
                    ? Optional.of("libpq has it since 17; psycopg brings 18 along")
                    : Optional.empty();
        }
    },
    PSYCOPG("psycopg") {
        @Override
        String call(Map<String, String> environment) {
            return python("psycopg", environment);
        }
    },
    ASYNCPG("asyncpg") {
        @Override
        String call(Map<String, String> environment) {
            return python("asyncpg", environment);
        }

        @Override
        Optional<String> cannot(Method method) {
            return method == Method.PLUS ? Optional.of("the driver has no channel binding") : Optional.empty();
        }
    },
    PGX("pgx") {
        @Override
        String call(Map<String, String> environment) {
            return printed(Command.of(goProgram().toString()), environment);
        }
    },
    PGJDBC("pgjdbc") {
        @Override
        String call(Map<String, String> environment) {
            return PgjdbcLogin.call(environment);
        }
    },
    NODE("node-pg") {
        @Override
        String call(Map<String, String> environment) {
            return printed(Command.of("node", PROGRAMS.resolve("login.js").toString(), built("node")), environment);
        }
    };

    private static final Duration BUILD = Duration.ofMinutes(10);
    private static final Map<String, String> BUILT = new ConcurrentHashMap<>();
    private static final Path PROGRAMS = LocalPooler.ROOT.resolve("e2e/methods");
    private static final Path TOOLS = LocalPooler.ROOT.resolve("e2e/tools");
    private static final String DRIVERS =
            LocalPooler.ROOT.resolve("e2e/drivers/drivers").toString();

    private final String title;

    Caller(String title) {
        this.title = title;
    }

    /// What it is called in the table.
    String title() {
        return title;
    }

    abstract String call(Map<String, String> environment);

    /// Why it has no such method, if it has none.
    Optional<String> cannot(Method method) {
        return Optional.empty();
    }

    /// Builds what the calls need, once.
    static void build() {
        built("python");
        built("node");
        Command.of(
                        "go",
                        "-C",
                        TOOLS.toString(),
                        "build",
                        "-trimpath",
                        "-mod=readonly",
                        "-o",
                        goProgram().toString(),
                        "./login")
                .with(Map.of("CGO_ENABLED", "0"))
                .within(BUILD)
                .succeed();
    }

    private static Path goProgram() {
        return MethodsE2E.WORK.resolve("login");
    }

    /// The folder of a language's built programs.
    private static String built(String language) {
        return BUILT.computeIfAbsent(
                language,
                _ -> Command.of(DRIVERS, "build", language)
                        .within(BUILD)
                        .succeed()
                        .strip());
    }

    private static String python(String driver, Map<String, String> environment) {
        var python = Path.of(built("python")).resolve("venv/bin/python").toString();
        return printed(Command.of(python, "-B", PROGRAMS.resolve("login.py").toString(), driver), environment);
    }

    private static String printed(Command command, Map<String, String> environment) {
        return command.with(environment).succeed();
    }
}
