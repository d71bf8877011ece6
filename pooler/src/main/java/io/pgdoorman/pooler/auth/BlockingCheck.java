package io.pgdoorman.pooler.auth;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/// A check by a library that blocks: it runs on threads of its own, of which there are few, and what waits for one of
/// them too long is not asked any more.
public abstract class BlockingCheck implements OutsideCheck {
    /// Whoever waited as long has more of the same before it than the other side can take.
    private static final long LONGEST_WAIT_NANOS = Duration.ofSeconds(20).toNanos();

    private final Means means;

    /// @param threads refuses what is too much for its queue
    /// @param clock nanoseconds
    public record Means(Executor threads, LongSupplier clock) {}

    protected BlockingCheck(Means means) {
        this.means = means;
    }

    @Override
    public final CompletionStage<Finding> check(Attempt attempt) {
        long asked = means.clock().getAsLong();
        try {
            return CompletableFuture.supplyAsync(() -> judge(attempt, asked), means.threads());
        } catch (RejectedExecutionException _) {
            return CompletableFuture.completedStage(new Unavailable("too many logins wait for " + method()));
        }
    }

    private Finding judge(Attempt attempt, long asked) {
        return means.clock().getAsLong() - asked > LONGEST_WAIT_NANOS
                ? new Unavailable("the login waited too long for its turn with " + method())
                : judge(attempt);
    }

    /// Asks; may block, for a bounded time.
    protected abstract Finding judge(Attempt attempt);
}
