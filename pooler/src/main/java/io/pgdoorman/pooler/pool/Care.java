package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// What is done for idle servers: checks, and the end of those that are too old. Takes the pool's lock.
final class Care<S extends PoolServer> {
    private final Books<S> books;
    private final ServerSource<S> source;
    private final LongSupplier clock;
    private final Consumer<S> alive;

    /// @param alive told of a server that answered the check, on its loop
    Care(Books<S> books, ServerSource<S> source, LongSupplier clock, Consumer<S> alive) {
        this.books = books;
        this.source = source;
        this.clock = clock;
        this.alive = alive;
    }

    /// Ends what must not be lent again and asks those for a sign of life that nobody has heard of for long.
    void tick() {
        long now = clock.getAsLong();
        List<Books.Ended<S>> ended;
        List<S> asked;
        books.lock.lock();
        try {
            ended = books.takeUnfit(now);
            asked = books.takeUnchecked(now);
        } finally {
            books.lock.unlock();
        }
        close(ended);
        asked.forEach(this::probe);
    }

    /// Asks a server, that is marked as being checked, for a sign of life.
    void probe(S server) {
        source.run(
                server.loop(),
                () -> server.probe(answered -> {
                    if (answered) {
                        alive.accept(server);
                    }
                }));
    }

    /// Ends idle servers beyond their lifetime or idle timeout, oldest first, at most `limit`.
    int retain(int limit) {
        var ended = new ArrayList<Books.Ended<S>>();
        books.lock.lock();
        try {
            long now = clock.getAsLong();
            Books.Ended<S> next;
            while (ended.size() < limit && (next = books.takeExpired(now)) != null) {
                ended.add(next);
            }
        } finally {
            books.lock.unlock();
        }
        close(ended);
        return ended.size();
    }

    /// Asks the idle servers meant for a sign of life.
    void suspect(Predicate<S> meant) {
        List<S> suspects;
        books.lock.lock();
        try {
            suspects = books.takeSuspects(meant, clock.getAsLong());
        } finally {
            books.lock.unlock();
        }
        suspects.forEach(this::probe);
    }

    /// Ends the idle servers that are not wanted any more.
    void dismissUnwanted() {
        List<Books.Ended<S>> ended;
        books.lock.lock();
        try {
            ended = books.takeUnwanted(clock.getAsLong());
        } finally {
            books.lock.unlock();
        }
        close(ended);
    }

    boolean evict(long minAgeNanos, int keep) {
        Books.Ended<S> ended;
        books.lock.lock();
        try {
            ended = books.takeEvicted(minAgeNanos, keep, clock.getAsLong());
        } finally {
            books.lock.unlock();
        }
        if (ended == null) {
            return false;
        }
        close(List.of(ended));
        return true;
    }

    static <S extends PoolServer> void close(List<Books.Ended<S>> ended) {
        ended.forEach(each -> each.server().close(each.reason()));
    }
}
