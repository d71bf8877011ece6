package drivers;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs the scenarios of a driver and prints a line for each.
public final class Scenarios {

    /// Whether a connection meets several servers: "1" that it must, "0" that it must not.
    public static final String POOLED = environment("POOLED");

    /// Put behind a query: now and then it takes longer, so that clients of a small pool have to wait.
    public static final String DAWDLE = " from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)";

    /// Of the values that the scenario large sends and wants back.
    public static final int[] SIZES = {1, 8191, 8192, 65536, 1 << 20, 8 << 20};

    public static final String HOST = environment("PGHOST");
    public static final int PORT = Integer.parseInt(environment("PGPORT"));
    public static final String USER = environment("PGUSER");
    public static final String PASSWORD = environment("PGPASSWORD");
    public static final String DATABASE = environment("PGDATABASE");

    private static final int LIMIT_SECONDS = 60;

    /// What a scenario or a part of it does.
    public interface Work {
        void run() throws Exception;
    }

    public interface NumberedWork {
        void run(int i) throws Exception;
    }

    private final Map<String, Work> all = new LinkedHashMap<>();

    private static String environment(String name) {
        return Objects.requireNonNull(System.getenv(name), name);
    }

    public static void version(String name, String number) {
        System.out.println(
                "version " + name + " " + number + " (Java " + Runtime.version().feature() + ")");
    }

    public Scenarios add(String name, Work work) {
        all.put(name, work);
        return this;
    }

    /// Runs all, one after the other, and ends the program. A scenario that hangs ends it at once.
    public void run() {
        var threads = Executors.newCachedThreadPool(work -> {
            var thread = new Thread(work, "scenario");
            thread.setDaemon(true);
            return thread;
        });
        all.forEach((name, what) -> {
            Future<?> ran = threads.submit((Callable<Object>) () -> {
                what.run();
                return name;
            });
            try {
                ran.get(LIMIT_SECONDS, TimeUnit.SECONDS);
                System.out.println("ok " + name);
            } catch (ExecutionException e) {
                e.getCause().printStackTrace();
                System.out.println(
                        "not ok " + name + " - " + e.getCause().toString().replace('\n', ' '));
            } catch (TimeoutException e) {
                System.out.println("not ok " + name + " - no end after " + LIMIT_SECONDS + " s");
                Thread.getAllStackTraces()
                        .forEach((thread, frames) -> System.err.println(thread + " " + List.of(frames)));
                System.exit(1);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        System.exit(0);
    }

    /// Demands that what came is what was asked for.
    public static void must(String what, Object got, Object want) {
        if (!Objects.deepEquals(got, want)) {
            throw new AssertionError("%s: got %.200s, want %.200s".formatted(what, got, want));
        }
    }

    /// Demands a failure with this SQLSTATE.
    public static void mustFail(String what, String state, Work work) {
        try {
            work.run();
        } catch (Exception e) {
            if (!state.equals(SqlState.of(e))) {
                throw new AssertionError("%s: got %s %s, want %s".formatted(what, SqlState.of(e), e, state), e);
            }
            return;
        }
        throw new AssertionError(what + ": no failure, want " + state);
    }

    /// Demands a failure, whichever.
    public static void mustFail(String what, Work work) {
        try {
            work.run();
        } catch (Exception expected) {
            return;
        }
        throw new AssertionError(what + ": no failure");
    }

    /// Runs n at once and throws the first failure.
    public static void concurrently(int n, NumberedWork work) throws Exception {
        var threads = Executors.newFixedThreadPool(n);
        try {
            var together = new CountDownLatch(n);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                int number = i;
                running.add(threads.submit((Callable<Object>) () -> {
                    together.countDown();
                    together.await();
                    work.run(number);
                    return number;
                }));
            }
            for (var one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /// Runs `work` and cancels it, again and again, as the first one may come before the statement.
    public static void cancelling(Work cancel, Work work) throws Exception {
        var threads = Executors.newSingleThreadScheduledExecutor();
        try {
            threads.scheduleWithFixedDelay(
                    () -> {
                        try {
                            cancel.run();
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    100,
                    100,
                    TimeUnit.MILLISECONDS);
            work.run();
        } finally {
            threads.shutdown();
            threads.awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    /// Counts the server processes that each connection met.
    public static final class Servers {
        private final Map<Integer, Set<Integer>> met = new ConcurrentHashMap<>();

        public void add(int connection, int pid) {
            met.computeIfAbsent(connection, key -> ConcurrentHashMap.newKeySet())
                    .add(pid);
        }

        /// Of all connections together, where a pool of the driver's hides which one it was.
        public void checkTogether() {
            var all = new HashSet<Integer>();
            met.values().forEach(all::addAll);
            must("many servers", all.size() > 1, true);
        }

        public void check() {
            int most = met.values().stream().mapToInt(Set::size).max().orElse(0);
            if (POOLED.equals("1") && most < 2) {
                throw new AssertionError("no connection met a second server, so nothing was shown");
            }
            if (POOLED.equals("0") && most != 1) {
                throw new AssertionError("a connection met " + most + " servers without a pooler");
            }
        }
    }
}
