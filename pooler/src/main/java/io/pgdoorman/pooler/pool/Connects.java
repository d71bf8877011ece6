package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.wire.PgError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides how many connects to start, where and when: never more servers than the pool's size, never a storm, and
/// after a failure not at once. Guarded by the pool's lock.
final class Connects<S extends PoolServer> {
    /// After a failed connect the next one waits this long, doubled up to [#MAX_BACKOFF_NANOS].
    private static final long MIN_BACKOFF_NANOS = 10_000_000;

    private static final long MAX_BACKOFF_NANOS = 1_000_000_000;

    private final Books<S> books;
    private final ServerSource<S> source;
    private int underWay;
    private long backoffNanos;
    private long notBeforeNanos;
    private boolean retryArmed;
    private @Nullable PgError lastFailure;

    Connects(Books<S> books, ServerSource<S> source, long now) {
        this.books = books;
        this.source = source;
        this.notBeforeNanos = now;
    }

    int underWay() {
        return underWay;
    }

    /// Why the last connect failed, or null when none failed since the last success.
    @Nullable
    PgError lastFailure() {
        return lastFailure;
    }

    /// The loops on which to start a connect now; each counts as under way from here on.
    ///
    /// @param retry called later when a failure forbids a connect now
    List<Integer> plan(long now, Runnable retry) {
        var settings = books.settings();
        var waiters = books.waiters;
        int wanted = Math.max(waiters.size() - underWay, settings.minSize() - books.size() - underWay);
        int room = Math.min(settings.size() - books.size() - underWay, settings.maxParallelConnects() - underWay);
        int count = Math.min(wanted, room);
        if (count <= 0 || books.isPaused() || books.retired() != null || !source.isReady()) {
            return List.of();
        }
        if (now - notBeforeNanos < 0) {
            armRetry(notBeforeNanos - now, retry);
            return List.of();
        }
        var loops = new ArrayList<Integer>(count);
        var oldest = waiters.oldest();
        int first = oldest == null ? books.size() % source.loops() : oldest.loop;
        for (int i = 0; i < count; i++) {
            loops.add((first + i) % source.loops());
        }
        underWay += count;
        return loops;
    }

    void succeeded() {
        underWay--;
        backoffNanos = 0;
        lastFailure = null;
    }

    void failed(PgError error, long now) {
        underWay--;
        lastFailure = error;
        backoffNanos = Math.min(MAX_BACKOFF_NANOS, Math.max(MIN_BACKOFF_NANOS, backoffNanos * 2));
        notBeforeNanos = now + backoffNanos;
    }

    void retrying() {
        retryArmed = false;
    }

    private void armRetry(long delayNanos, Runnable retry) {
        if (!retryArmed) {
            retryArmed = true;
            source.later(retry, delayNanos);
        }
    }
}
