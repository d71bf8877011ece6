package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The idle servers: one stack for each loop, last used on top. Guarded by the pool's lock.
final class IdleServers<S extends PoolServer> {
    private final List<ArrayDeque<S>> stacks = new ArrayList<>();
    private int size;

    IdleServers(int loops) {
        for (int i = 0; i < loops; i++) {
            stacks.add(new ArrayDeque<>());
        }
    }

    int size() {
        return size;
    }

    void add(S server) {
        stacks.get(server.loop()).addFirst(server);
        size++;
    }

    /// Those of a loop, the last used one first.
    List<S> onLoop(int loop) {
        return List.copyOf(stacks.get(loop));
    }

    boolean remove(S server) {
        boolean removed = stacks.get(server.loop()).removeFirstOccurrence(server);
        if (removed) {
            size--;
        }
        return removed;
    }

    /// Takes a server of this loop, or null.
    @Nullable
    S take(int loop, boolean longestIdle) {
        var stack = stacks.get(loop);
        var server = longestIdle ? stack.pollLast() : stack.pollFirst();
        if (server != null) {
            size--;
        }
        return server;
    }

    /// Takes a server of any other loop, the longest idle of the fullest stack, or null.
    @Nullable
    S takeElsewhere(int loop) {
        int fullest = -1;
        for (int i = 0; i < stacks.size(); i++) {
            if (i != loop
                    && !stacks.get(i).isEmpty()
                    && (fullest < 0
                            || stacks.get(i).size() > stacks.get(fullest).size())) {
                fullest = i;
            }
        }
        return fullest < 0 ? null : take(fullest, true);
    }

    /// Takes out those that fit, at most `limit`, longest idle first.
    List<S> takeIf(Predicate<S> fits, int limit) {
        var taken = new ArrayList<S>();
        for (var stack : stacks) {
            for (var each = stack.descendingIterator(); each.hasNext() && taken.size() < limit; ) {
                var server = each.next();
                if (fits.test(server)) {
                    each.remove();
                    taken.add(server);
                    size--;
                }
            }
        }
        return taken;
    }
}
