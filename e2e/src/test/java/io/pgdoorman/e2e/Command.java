package io.pgdoorman.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program to be run: its words, what is added to its environment, what it reads, and how long it may take.
public record Command(List<String> words, Map<String, String> environment, String input, Duration limit) {

    public record Output(int exit, String out, String err) {
        public boolean succeeded() {
            return exit == 0;
        }

        public String all() {
            return out + err;
        }
    }

    public static Command of(String... words) {
        return new Command(List.of(words), Map.of(), "", Duration.ofMinutes(2));
    }

    public static Command of(List<String> words) {
        return new Command(List.copyOf(words), Map.of(), "", Duration.ofMinutes(2));
    }

    public Command with(Map<String, String> more) {
        return new Command(words, more, input, limit);
    }

    public Command reading(String text) {
        return new Command(words, environment, text, limit);
    }

    public Command within(Duration time) {
        return new Command(words, environment, input, time);
    }

    /// Runs it to its end; a failure of the program is an answer, taking too long is not.
    public Output run() {
        try {
            var out = Files.createTempFile("e2e", ".out");
            var err = Files.createTempFile("e2e", ".err");
            try {
                return run(out, err);
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + words, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + words, e);
        }
    }

    /// Runs it to its end and demands success; answers what it printed.
    public String succeed() {
        var output = run();
        if (!output.succeeded()) {
            throw new AssertionError(words + " ended with " + output.exit() + ":\n" + output.all());
        }
        return output.out();
    }

    private Output run(Path out, Path err) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(words).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended without reading; its exit and its words say why.
            Progress.say(words.getFirst() + " did not read its input: " + e.getMessage());
        }
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
            throw new AssertionError(words + " did not end within " + limit.toSeconds() + " s:\n"
                    + Files.readString(out) + Files.readString(err));
        }
        return new Output(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
