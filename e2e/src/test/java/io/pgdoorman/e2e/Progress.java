package io.pgdoorman.e2e;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Says what the tests do, and waits with an end: who waits longer than a moment says for what.
public final class Progress {

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration QUIET = Duration.ofSeconds(5);

    private Progress() {}

    public static void say(String line) {
        System.out.println(LocalTime.now(ZoneId.systemDefault()).format(CLOCK) + " e2e: " + line);
    }

    /// Waits until the statement is true; answers how long it took.
    public static Duration until(String what, Duration limit, BooleanSupplier statement) {
        var started = Instant.now();
        await(what, limit, () -> statement.getAsBoolean() ? Optional.of(true) : Optional.empty());
        return Duration.between(started, Instant.now());
    }

    /// Waits until there is a value.
    public static <T> T await(String what, Duration limit, Supplier<Optional<T>> question) {
        var started = Instant.now();
        var nextWord = started.plus(QUIET);
        while (true) {
            var answer = question.get();
            if (answer.isPresent()) {
                return answer.get();
            }
            var now = Instant.now();
            if (now.isAfter(started.plus(limit))) {
                throw new AssertionError("gave up after " + limit.toSeconds() + " s, waiting until " + what);
            }
            if (now.isAfter(nextWord)) {
                say("waiting until " + what + " ("
                        + Duration.between(started, now).toSeconds() + " of at most " + limit.toSeconds() + " s)");
                nextWord = now.plus(QUIET);
            }
            pause(POLL);
        }
    }

    public static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
