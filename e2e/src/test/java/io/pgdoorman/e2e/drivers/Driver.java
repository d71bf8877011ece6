package io.pgdoorman.e2e.drivers;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.local.LocalPooler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A driver of `e2e/drivers`: the folder of its language and its name, which is also that of its database.
public record Driver(String language, String name) {

    /// How many servers a connection has to meet, or may.
    public enum Servers {
        ONE("0"),
        MANY("1"),
        ANY("any");

        private final String word;

        Servers(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    static final Path FOLDER = LocalPooler.ROOT.resolve("e2e/drivers");
    static final Path WORK = LocalPooler.ROOT.resolve("e2e/target/drivers");
    public static final String USER = "driver";
    static final String PASSWORD = "only for tests";

    private static final String PROGRAM = FOLDER.resolve("drivers").toString();
    private static final Duration BUILD = Duration.ofMinutes(20);
    private static final Duration RUN = Duration.ofMinutes(6);

    /// All drivers, or those of `-Ddrivers=NAME,…`.
    public static List<Driver> all() {
        var wanted = List.of(System.getProperty("drivers", "").split(","));
        return Command.of(PROGRAM, "list")
                .succeed()
                .lines()
                .map(line -> line.split(" "))
                .map(words -> new Driver(words[0], words[1]))
                .filter(driver -> wanted.equals(List.of("")) || wanted.contains(driver.name))
                .toList();
    }

    /// What each of them has to say something about.
    static List<String> scenarios() {
        try (var lines = Files.lines(FOLDER.resolve("SCENARIOS"))) {
            return lines.map(line -> line.split(" ")[0]).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Builds the programs of a language, if that has not been done already; says which runtime is missing.
    public static void build(String language) {
        Command.of(PROGRAM, "build", language).within(BUILD).succeed();
    }

    /// Runs all scenarios against the server on a port of 127.0.0.1.
    public Report run(int port, Servers servers) {
        var output = Command.of(PROGRAM, "run", name)
                .with(Map.of(
                        "PGHOST",
                        "127.0.0.1",
                        "PGPORT",
                        "" + port,
                        "PGUSER",
                        USER,
                        "PGPASSWORD",
                        PASSWORD,
                        "PGDATABASE",
                        name,
                        "POOLED",
                        servers.word()))
                .within(RUN)
                .run();
        try {
            Files.createDirectories(WORK);
            Files.writeString(
                    WORK.resolve(name + "-" + servers.name().toLowerCase(Locale.ROOT) + ".txt"), output.all());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Report.of(output.exit(), output.out());
    }
}
