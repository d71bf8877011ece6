package io.pgdoorman.pooler.script;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for what happens by itself, with a deadline instead of a guess.
public final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Eventually() {}

    /// Asks until the answer is yes.
    public static void isTrue(String what, Callable<Boolean> question) {
        isTrue(what, PATIENCE, question);
    }

    /// The same for what takes longer, as the start of a process on a busy machine.
    public static void isTrue(String what, Duration patience, Callable<Boolean> question) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!answer(what, question)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + patience + ": " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private static boolean answer(String what, Callable<Boolean> question) {
        try {
            return question.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(what, e);
        }
    }
}
