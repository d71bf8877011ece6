package io.pgdoorman.pooler.token;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys behind a URL, such as an identity provider's `jwks_uri`.
///
/// They are remembered. After [Timing#refresh] the next login starts a fetch and still uses the old ones; a key name
/// that is not known starts one at once and waits for it, since issuers rotate keys; but there is never more than one
/// fetch at a time, nor a second one within [Timing#pause], whatever names clients make up. While the URL does not
/// answer the last good keys stay, for [Timing#keep] at most. Any thread may ask.
public final class UrlKeys implements KeySource {
    private static final Logger LOG = LoggerFactory.getLogger(UrlKeys.class);

    private static final Executor FILES =
            task -> Thread.ofVirtual().name("token-keys").start(task);

    private final KeyFetch fetch;
    private final Timing timing;
    private final LongSupplier clock;
    private final AtomicReference<State> state = new AtomicReference<>(new State(null, 0, null, 0, null));

    /// @param refresh age after which keys are asked for again
    /// @param pause shortest time between the starts of two fetches
    /// @param keep longest age of keys that are used
    public record Timing(Duration refresh, Duration pause, Duration keep) {
        /// The usual ones beside how often is asked.
        public static Timing every(Duration refresh) {
            return new Timing(
                    refresh, Duration.ofSeconds(10), Duration.ofDays(1).plus(refresh));
        }
    }

    /// @param at nanoseconds when the keys came
    /// @param begun of the newest fetch, done or not; null before the first
    private record State(
            @Nullable KeySet keys,
            long at,
            @Nullable CompletableFuture<KeySet> begun,
            long begunAt,
            @Nullable String fault) {
        State beginning(CompletableFuture<KeySet> fetch, long now) {
            return new State(keys, at, fetch, now, fault);
        }

        State with(KeySet fetched, long now) {
            return new State(fetched, now, begun, begunAt, null);
        }

        State failed(String reason) {
            return new State(keys, at, begun, begunAt, reason);
        }
    }

    /// What is known now.
    ///
    /// @param keys how many
    /// @param fault why the newest fetch failed; null when it did not
    public record Status(int keys, @Nullable String fault) {}

    /// @param clock nanoseconds
    public UrlKeys(Place place, Timing timing, LongSupplier clock) {
        this.fetch = new KeyFetch(place);
        this.timing = timing;
        this.clock = clock;
    }

    /// Where the keys lie.
    ///
    /// Files are read for each fetch, as they rotate.
    ///
    /// @param authorities of the server's certificate; null for those of the JDK
    /// @param bearer holds a token that opens the door there; null for none
    public record Place(
            URI url, @Nullable Path authorities, @Nullable Path bearer) {}

    public Status status() {
        var now = state.get();
        return new Status(now.keys == null ? 0 : now.keys.size(), now.fault);
    }

    @Override
    public CompletionStage<KeySet> keysFor(String id) {
        var now = clock.getAsLong();
        var seen = state.get();
        var keys = seen.keys;
        if (keys == null || now - seen.at > timing.keep().toNanos()) {
            return fetched(now);
        }
        if (!id.isEmpty() && !keys.knows(id)) {
            return fetched(now).exceptionally(_ -> keys);
        }
        if (now - seen.at > timing.refresh().toNanos()) {
            var _ = fetched(now);
        }
        return CompletableFuture.completedStage(keys);
    }

    /// The running or newest fetch, or a new one where that is due.
    private CompletableFuture<KeySet> fetched(long now) {
        while (true) {
            var seen = state.get();
            var begun = seen.begun;
            if (begun != null
                    && (!begun.isDone() || now - seen.begunAt < timing.pause().toNanos())) {
                return begun;
            }
            var mine = new CompletableFuture<KeySet>();
            if (state.compareAndSet(seen, seen.beginning(mine, now))) {
                var _ = CompletableFuture.completedFuture(fetch)
                        .thenComposeAsync(KeyFetch::fetch, FILES)
                        .whenComplete((keys, failure) -> done(keys, failure, mine));
                return mine;
            }
        }
    }

    private void done(@Nullable KeySet keys, @Nullable Throwable failure, CompletableFuture<KeySet> mine) {
        if (failure != null || keys == null) {
            var cause = cause(failure);
            LOG.atWarn()
                    .setMessage("keys of tokens not fetched; the last good ones stay in use")
                    .addKeyValue("reason", cause.getMessage())
                    .log();
            state.updateAndGet(seen -> seen.failed(String.valueOf(cause.getMessage())));
            mine.completeExceptionally(cause);
            return;
        }
        state.updateAndGet(seen -> seen.with(keys, clock.getAsLong()));
        mine.complete(keys);
    }

    private static Throwable cause(@Nullable Throwable failure) {
        var cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null ? new IllegalStateException("neither keys nor a failure") : cause;
    }
}
