package io.pgdoorman.e2e.drivers;

import io.pgdoorman.e2e.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A program of `e2e/drivers` that runs transactions through its driver's own pool of connections until it is closed,
/// and is asked for its counts meanwhile.
public final class Traffic implements AutoCloseable {
    private static final Pattern TALLY =
            Pattern.compile("tally committed=(\\d+) broken=(\\d+) refused=(\\d+) connects=(\\d+) wait=(\\d+)");

    /// Transactions wait for servers at most a few seconds; this is a program that hangs.
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final String driver;
    private final Process process;
    private final BufferedReader out;
    private final Path errors;
    private Counts mark = new Counts(0, 0, 0, 0, 0);
    private long longestWaitMillis;

    /// What happened in some time.
    ///
    /// @param committed transactions whose COMMIT was answered
    /// @param broken transactions that failed after the answer to BEGIN
    /// @param refused attempts that failed before: nothing had run
    /// @param connects connections that the pool made
    /// @param waitMillis longest time that a client waited until its BEGIN was answered
    public record Counts(long committed, long broken, long refused, long connects, long waitMillis) {
        static Counts of(String line) {
            var found = TALLY.matcher(line);
            if (!found.matches()) {
                throw new AssertionError("counts are meant, not \"" + line + "\"");
            }
            return new Counts(number(found, 1), number(found, 2), number(found, 3), number(found, 4), number(found, 5));
        }

        private static long number(Matcher found, int group) {
            return Long.parseLong(found.group(group));
        }

        Counts since(Counts earlier, long longestWaitMillis) {
            return new Counts(
                    committed - earlier.committed,
                    broken - earlier.broken,
                    refused - earlier.refused,
                    connects - earlier.connects,
                    longestWaitMillis);
        }
    }

    private Traffic(String driver, Process process, Path errors) {
        this.driver = driver;
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.errors = errors;
    }

    /// The drivers that have such a program, each with its language.
    public static Map<String, String> drivers() {
        return Command.of(Driver.PROGRAM, "traffic")
                .succeed()
                .lines()
                .map(line -> line.split(" "))
                .collect(Collectors.toMap(
                        words -> words[1].replace("-traffic", ""), words -> words[0], (a, _) -> a, TreeMap::new));
    }

    /// @param environment where to connect to and as whom: PGHOST and so on
    /// @param clients connections of its pool, each in use all the time
    public static Traffic start(String driver, Map<String, String> environment, int clients) {
        try {
            Files.createDirectories(Driver.WORK);
            var errors = Driver.WORK.resolve(driver + "-traffic.txt");
            var builder = new ProcessBuilder(Driver.PROGRAM, "run", driver + "-traffic").redirectError(errors.toFile());
            builder.environment().putAll(environment);
            builder.environment().put("CLIENTS", String.valueOf(clients));
            return new Traffic(driver, builder.start(), errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String driver() {
        return driver;
    }

    /// Counts from here on.
    public void mark() {
        mark = counts();
        longestWaitMillis = 0;
    }

    public Counts sinceMark() {
        var now = counts();
        longestWaitMillis = Math.max(longestWaitMillis, now.waitMillis()); // the program tells it since the line before
        return now.since(mark, longestWaitMillis);
    }

    private Counts counts() {
        try {
            var in = process.outputWriter(StandardCharsets.UTF_8);
            in.write('\n');
            in.flush();
        } catch (IOException e) {
            throw new AssertionError(driver + " has ended: " + reasons(), e);
        }
        return answer();
    }

    /// Lets the clients end their transactions.
    ///
    /// @return what happened since the start
    public Counts finish() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answer();
    }

    /// Why something was refused or broken, each reason once.
    public List<String> reasons() {
        try {
            return new ArrayList<>(Files.readAllLines(errors));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Counts answer() {
        var line = CompletableFuture.supplyAsync(this::line).orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return Counts.of(line.join());
    }

    private String line() {
        try {
            var line = out.readLine();
            if (line == null) {
                throw new AssertionError(driver + " has ended: " + reasons());
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
