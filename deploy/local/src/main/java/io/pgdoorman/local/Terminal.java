package io.pgdoorman.local;

import io.pgdoorman.operator.local.Accounts;
import io.pgdoorman.operator.local.Observer;
import io.pgdoorman.operator.local.PoolView;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tells a person what goes on, and lets the check wait for it. Called by several threads; `lock` guards it.
final class Terminal implements Observer {

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

    private static final int RECENT = 20;

    private final PrintStream out;
    private final boolean shows;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Accounts> accounts = new HashMap<>();
    private final Map<String, List<String>> connected = new HashMap<>();
    private final ArrayDeque<String> recent = new ArrayDeque<>();
    private List<PoolView> pools = List.of();
    private List<String> table = List.of();
    private @Nullable EmbeddedDatabase database;

    /// @param shows false for steps only
    Terminal(PrintStream out, boolean shows) {
        this.out = out;
        this.shows = shows;
    }

    /// Roles and databases of accepted manifests go there.
    void provision(EmbeddedDatabase where) {
        locked(() -> database = where);
    }

    void step(String text) {
        locked(() -> out.println("==> " + text));
    }

    @Override
    public void says(String line) {
        locked(() -> {
            recent.addLast(line);
            if (recent.size() > RECENT) {
                recent.removeFirst();
            }
            if (shows) {
                out.println(LocalTime.now(ZoneId.systemDefault()).format(CLOCK) + " " + line);
            }
        });
    }

    @Override
    public void changed(List<PoolView> now, List<String> lines) {
        locked(() -> {
            pools = now;
            changed.signalAll();
            if (shows) {
                show(lines);
            }
        });
    }

    @Override
    public void accepted(Accounts needed) throws IOException {
        lock.lock();
        try {
            accounts.put(needed.pool(), needed);
            if (database != null) {
                database.provide(needed);
            }
        } catch (SQLException e) {
            throw new IOException("PostgreSQL: " + Words.of(e), e);
        } finally {
            lock.unlock();
        }
    }

    /// The accounts of a pool whose manifest was accepted.
    Accounts accounts(String pool) {
        lock.lock();
        try {
            var known = accounts.get(pool);
            if (known == null) {
                throw new IllegalStateException("no pool " + pool);
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the one pool is as wanted; null when it is not in time.
    @Nullable
    PoolView await(Predicate<PoolView> wanted, long seconds) throws InterruptedException {
        lock.lock();
        try {
            var left = TimeUnit.SECONDS.toNanos(seconds);
            while (pools.size() != 1 || !wanted.test(pools.getFirst())) {
                left = changed.awaitNanos(left);
                if (left <= 0) {
                    return null;
                }
            }
            return pools.getFirst();
        } finally {
            lock.unlock();
        }
    }

    /// The last lines, also when they are not shown.
    List<String> recent() {
        lock.lock();
        try {
            return List.copyOf(recent);
        } finally {
            lock.unlock();
        }
    }

    List<PoolView> pools() {
        lock.lock();
        try {
            return pools;
        } finally {
            lock.unlock();
        }
    }

    private void show(List<String> lines) {
        var withoutAge = lines.stream().map(l -> l.replaceFirst("\\S+$", "")).toList();
        if (!withoutAge.equals(table)) {
            table = withoutAge;
            if (lines.size() > 1) {
                lines.forEach(out::println);
            }
        }
        for (var pool : pools) {
            var before = connected.getOrDefault(pool.name(), List.of());
            if (pool.isSettled()
                    && !pool.endpoints().isEmpty()
                    && !pool.endpoints().equals(before)) {
                connected.put(pool.name(), pool.endpoints());
                out.println("\nconnect: " + psql(pool) + "\n");
            }
        }
    }

    private String psql(PoolView pool) {
        var needed = accounts.get(pool.name());
        if (needed == null || needed.users().isEmpty()) {
            return "";
        }
        var user = needed.users().keySet().stream().sorted().findFirst().orElseThrow();
        var hosts = pool.endpoints().stream()
                .map(e -> e.substring(0, e.lastIndexOf(':')))
                .toList();
        var first = pool.endpoints().getFirst();
        return "PGPASSWORD=%s psql \"host=%s port=%s dbname=%s user=%s\""
                .formatted(
                        quoted(needed.users().getOrDefault(user, "")),
                        String.join(",", hosts),
                        first.substring(first.lastIndexOf(':') + 1),
                        pool.databases().getFirst(),
                        user);
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_.-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }
}
