package io.pgdoorman.pooler.patroni;

import io.pgdoorman.pooler.stats.FallbackStats;
import io.pgdoorman.pooler.tls.Authorities;
import io.pgdoorman.pooler.tls.TlsException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Asks Patroni: all URLs at once, and the first good answer counts. Pools with the same URLs share a question that
/// is under way and what came of it for a second, so that a thousand connects that fail are one question. Guarded by
/// its monitor; any thread.
final class Patroni {
    private static final long SHARED_NANOS = 1_000_000_000L;

    private final LongSupplier clock;
    private final Executor threads;
    private final Map<FallbackSettings.Apis, Flight> flights = new HashMap<>();

    private record Flight(long begunNanos, CompletableFuture<Cluster> answer) {
        boolean isOver(long now) {
            return answer.isDone() && now - begunNanos >= SHARED_NANOS;
        }
    }

    /// @param clock nanoseconds
    /// @param threads that may block
    Patroni(LongSupplier clock, Executor threads) {
        this.clock = clock;
        this.threads = threads;
    }

    /// @param timeout of each request
    /// @return fails with [PatroniException], which names what each URL did
    CompletableFuture<Cluster> ask(FallbackSettings.Apis apis, Duration timeout, FallbackStats stats) {
        var mine = new CompletableFuture<Cluster>();
        synchronized (this) {
            long now = clock.getAsLong();
            flights.values().removeIf(flight -> flight.isOver(now));
            var flight = flights.putIfAbsent(apis, new Flight(now, mine));
            if (flight != null) {
                return flight.answer();
            }
        }
        threads.execute(() -> begin(apis, timeout, stats, mine));
        return mine;
    }

    private void begin(
            FallbackSettings.Apis apis, Duration timeout, FallbackStats stats, CompletableFuture<Cluster> first) {
        HttpClient client;
        try {
            client = client(apis, timeout);
        } catch (UncheckedIOException noSelector) {
            first.completeExceptionally(new PatroniException("Patroni cannot be asked: " + noSelector.getCause()));
            return;
        } catch (TlsException unusable) {
            first.completeExceptionally(new PatroniException("Patroni cannot be asked: " + unusable.text()));
            return;
        }
        var urls = apis.urls();
        var _ = first.whenComplete((_, _) -> threads.execute(client::shutdownNow));
        var question = new Question(urls.size(), first);
        for (var url : urls) {
            stats.requested();
            // a thread for each: one whose name is not answered must not hold up the others
            threads.execute(() -> {
                long began = clock.getAsLong();
                var _ = new PatroniRequest(url, timeout).send(client).whenComplete((cluster, failure) -> {
                    if (!first.isDone()) {
                        stats.requestEnded(clock.getAsLong() - began, cluster != null);
                    }
                    question.ended(cluster, failure);
                });
            });
        }
    }

    /// One for each question: they are far apart, and nothing stays open between them.
    private HttpClient client(FallbackSettings.Apis apis, Duration timeout) throws TlsException {
        var builder = HttpClient.newBuilder()
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(threads);
        var authorities = apis.authorities();
        if (authorities != null) {
            builder.sslContext(Authorities.read(authorities, null).context());
        }
        return builder.build();
    }

    /// One for all URLs; guarded by its monitor.
    private static final class Question {
        private final CompletableFuture<Cluster> first;
        private final List<String> failures = new ArrayList<>();
        private int left;

        Question(int urls, CompletableFuture<Cluster> first) {
            this.left = urls;
            this.first = first;
        }

        void ended(@Nullable Cluster cluster, @Nullable Throwable failure) {
            if (cluster != null) {
                first.complete(cluster);
                return;
            }
            String all;
            synchronized (this) {
                failures.add(reason(failure));
                if (--left > 0) {
                    return;
                }
                all = String.join("; ", failures);
            }
            first.completeExceptionally(new PatroniException(all));
        }
    }

    /// What an answer that failed says.
    static String reason(@Nullable Throwable failure) {
        var cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof PatroniException known ? known.text() : String.valueOf(cause);
    }
}
