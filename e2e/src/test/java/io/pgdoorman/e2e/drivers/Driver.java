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
import java.util.stream.Collectors;

/// A driver of `e2e/drivers`.
///
/// @param language the folder
/// @param name the driver's, which is also that of its database
/// @param cannot the scenarios that it declares to leave out, each with the reason
public record Driver(String language, String name, Map<String, String> cannot) {

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

    static final String PROGRAM = FOLDER.resolve("drivers").toString();
    private static final Duration BUILD = Duration.ofMinutes(20);
    private static final Duration RUN = Duration.ofMinutes(15);

    /// All drivers, or those of `-Ddrivers=NAME,…`.
    public static List<Driver> all() {
        var wanted = List.of(System.getProperty("drivers", "").split(","));
        return Command.of(PROGRAM, "list")
                .succeed()
                .lines()
                .map(line -> line.split(" "))
                .map(words -> new Driver(words[0], words[1], cannot(words[0], words[1])))
                .filter(driver -> wanted.equals(List.of("")) || wanted.contains(driver.name))
                .toList();
    }

    /// What the language's file `cannot` says of a driver; most languages have none.
    private static Map<String, String> cannot(String language, String name) {
        var file = FOLDER.resolve(language).resolve("cannot");
        return Files.exists(file) ? cannot(name, lines(file)) : Map.of();
    }

    /// @param lines `DRIVER SCENARIO reason`
    /// @throws IllegalStateException for a line without a reason, a scenario that nobody has, or one named twice
    static Map<String, String> cannot(String name, List<String> lines) {
        return lines.stream()
                .map(line -> line.split("\\s+", 3))
                .filter(words -> words[0].equals(name))
                .collect(Collectors.toMap(Driver::knownScenario, words -> words[2]));
    }

    private static String knownScenario(String[] words) {
        if (words.length < 3 || !scenarios().contains(words[1])) {
            throw new IllegalStateException("DRIVER SCENARIO reason is meant, not " + String.join(" ", words));
        }
        return words[1];
    }

    /// What each of them has to pass, or to declare that it cannot.
    static List<String> scenarios() {
        return lines(FOLDER.resolve("SCENARIOS")).stream()
                .map(line -> line.split(" ")[0])
                .toList();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
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
        return Report.of(cannot, output.exit(), output.out());
    }
}
