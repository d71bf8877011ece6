package drivers.traffic;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// What a program of traffic counts and how it is asked: see "Traffic" in e2e/drivers/README.md.
final class Tally {
    static final int CLIENTS = Integer.parseInt(System.getenv("CLIENTS"));
    static final int THINK_MILLIS = 10;
    private static final int RETRY_MILLIS = 100;

    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong broken = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong connects = new AtomicLong();
    private final AtomicLong longestWaitMillis = new AtomicLong();
    private final Set<String> reasons = ConcurrentHashMap.newKeySet();
    private final State[] states = new State[CLIENTS];
    private volatile boolean isOpen = true;

    /// One transaction of a client.
    interface Transaction {
        void run(int client, long number) throws Exception;
    }

    /// Where a client is; its thread's own.
    private static final class State {
        private long wantedNanos = System.nanoTime();
        private boolean isBegun;
    }

    void connected() {
        connects.incrementAndGet();
    }

    /// BEGIN was answered: what fails from here on is broken.
    void begun(int client) {
        var state = states[client];
        state.isBegun = true;
        longestWaitMillis.accumulateAndGet((System.nanoTime() - state.wantedNanos) / 1_000_000, Math::max);
    }

    void committed(int client) {
        states[client].isBegun = false;
        committed.incrementAndGet();
    }

    /// Runs transactions of all clients until the input ends; each line of it is answered with the counts.
    void serve(Transaction transaction) throws Exception {
        var threads = new Thread[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            states[i] = new State();
            threads[i] = new Thread(() -> live(client, transaction), "client-" + i);
            threads[i].start();
        }
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            print();
        }
        isOpen = false;
        for (var thread : threads) {
            thread.join();
        }
        print();
    }

    private void print() {
        System.out.printf(
                "tally committed=%d broken=%d refused=%d connects=%d wait=%d%n",
                committed.get(), broken.get(), refused.get(), connects.get(), longestWaitMillis.getAndSet(0));
    }

    private void live(int client, Transaction transaction) {
        var state = states[client];
        for (long number = 0; isOpen; number++) {
            try {
                transaction.run(client, number);
                Thread.sleep(THINK_MILLIS);
                state.wantedNanos = System.nanoTime();
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                failed(state, e);
            }
        }
    }

    private void failed(State state, Exception e) {
        (state.isBegun ? broken : refused).incrementAndGet();
        if (reasons.add((state.isBegun ? "broken: " : "refused: ") + e.getMessage())) {
            System.err.println((state.isBegun ? "broken: " : "refused: ") + e);
        }
        state.isBegun = false;
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
