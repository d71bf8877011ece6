package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// One story of pools under one cap, decided by a seed: who acts next, when threads are preempted, what
/// PostgreSQL does and how time passes. After each step the books must balance.
final class Simulation {
    private static final long MILLI = 1_000_000L;

    /// A thread may be preempted by one that is preempted itself, and so on so often.
    private static final int MAX_DEPTH = 3;

    private final Random random;
    private final SimulatedLoops loops;
    private final Coordinator coordinator;
    private final SimulatedLock coordinatorLock;
    private final List<SimulatedPool> pools = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final boolean patient;
    private boolean faults = true;
    private int depth;
    private int backends;
    private int capCeiling;
    private Map<SimulatedPool, Glance> before = new HashMap<>();

    /// Locks that are held now.
    int locks;

    long steps;
    long served;
    long preemptions;
    long outside;

    /// A pool as it was after the last step.
    private record Glance(List<List<Wait>> queues) {}

    /// One wait of a client: the next one may have the same ticket.
    private record Wait(Ticket<SimulatedServer> ticket, SimulatedClient client, int asked, long deadlineNanos) {
        static Wait of(Ticket<SimulatedServer> ticket) {
            var client = (SimulatedClient) ticket.borrower;
            return new Wait(ticket, client, client.asked, ticket.deadlineNanos);
        }

        boolean isOpen() {
            return ticket.open && client.asked == asked;
        }

        boolean isServed(long now) {
            return !isOpen() && now - deadlineNanos < 0 && (client.asked != asked || !ticket.givenUp);
        }
    }

    /// Something outside that will happen on a loop.
    private record Event(int loop, Runnable what) {}

    Simulation(long seed) {
        random = new Random(seed * 0x9E3779B97F4A7C15L);
        loops = new SimulatedLoops(random, 1 + random.nextInt(3));
        patient = random.nextBoolean();
        coordinatorLock = new SimulatedLock(this);
        var cap = cap();
        capCeiling = cap.ceiling();
        coordinator = new Coordinator("shop", cap, () -> loops.now, coordinatorLock);
        int users = 1 + random.nextInt(3);
        for (int i = 0; i < users; i++) {
            var pool = new SimulatedPool(this, "user " + i, coordinator, SimulatedPool.settings(random, patient));
            pools.add(pool);
            for (int c = 0; c < 1 + random.nextInt(6); c++) {
                pool.clients.add(new SimulatedClient(this, pool, random.nextInt(loops.count())));
            }
        }
        snapshot();
    }

    private CapSettings cap() {
        if (random.nextInt(3) == 0) {
            return CapSettings.NONE;
        }
        return new CapSettings(
                1 + random.nextInt(5),
                random.nextInt(2),
                Duration.ofMillis(50 + random.nextInt(300)),
                Duration.ofMillis(random.nextInt(200)),
                random.nextInt(2));
    }

    Random random() {
        return random;
    }

    SimulatedLoops loops() {
        return loops;
    }

    /// One in so many, and never once all is to come to rest.
    boolean chance(int oneIn) {
        return faults && random.nextInt(oneIn) == 0;
    }

    boolean connectFails() {
        return chance(6);
    }

    void happens(int loop, Runnable what) {
        events.add(new Event(loop, what));
    }

    /// The pool calls somebody else: never while it holds a lock.
    void callsOut() {
        if (locks > 0) {
            throw new AssertionError("calls out while it holds a lock");
        }
    }

    void backendBegan() {
        backends++;
    }

    void backendEnded() {
        backends--;
    }

    void refused(SimulatedClient client, PgError error) {
        if (patient && error.message().contains("query_wait_timeout")) {
            throw new AssertionError("a client with a day's patience waited in vain: " + client.state());
        }
    }

    // ---- what happens

    /// Before a lock is taken: others may run first.
    void preempts() {
        if (locks == 0 && !pools.isEmpty() && depth < MAX_DEPTH && random.nextInt(6) == 0) {
            depth++;
            try {
                preemptions++;
                happensNext();
            } finally {
                depth--;
            }
        }
    }

    void run(int count) {
        for (int i = 0; i < count; i++) {
            happensNext();
            check();
        }
    }

    private void check() {
        depth = MAX_DEPTH; // nobody runs meanwhile
        try {
            mustHold();
        } finally {
            depth = 0;
        }
    }

    private void happensNext() {
        steps++;
        if (!faults) {
            var _ = loops.runsOne() || eventHappens();
            return;
        }
        int dice = random.nextInt(100);
        if (dice < 35) {
            loops.runsOne();
        } else if (dice < 65) {
            clientActs();
        } else if (dice < 83) {
            eventHappens();
        } else if (dice < 92) {
            loops.passes(random.nextInt(20) * MILLI);
        } else if (dice < 96) {
            loops.elsewhere(() -> isCaredFor(any()));
        } else if (dice < 98) {
            serverBreaks();
        } else {
            loops.elsewhere(this::isOrdered);
        }
    }

    private SimulatedPool any() {
        return pools.get(random.nextInt(pools.size()));
    }

    private void clientActs() {
        var pool = any();
        var client = pool.anyClient(random);
        if (client != null && loops.isFree(client.loop)) {
            loops.turn(client.loop, client::acts);
            if (client.isGone()) {
                pool.clients.remove(client);
                pool.clients.add(new SimulatedClient(this, pool, random.nextInt(loops.count())));
            }
        }
    }

    private boolean eventHappens() {
        if (events.isEmpty()) {
            return false;
        }
        int index = random.nextInt(events.size());
        var event = events.get(index);
        if (!loops.isFree(event.loop())) {
            return false;
        }
        events.set(index, events.getLast());
        events.removeLast();
        loops.turn(event.loop(), event.what());
        return true;
    }

    private void isCaredFor(SimulatedPool pool) {
        if (random.nextBoolean()) {
            pool.pool().tick();
        } else {
            Retention.retain(pools.stream().map(SimulatedPool::pool).toList(), random.nextInt(3), random.nextInt(8));
            coordinator.trim();
        }
    }

    private void serverBreaks() {
        var servers = any().pool().servers();
        if (!servers.isEmpty()) {
            var server = servers.get(random.nextInt(servers.size()));
            if (loops.isFree(server.loop())) {
                loops.turn(server.loop(), server::breaks);
            }
        }
    }

    private void isOrdered() {
        var pool = any();
        switch (random.nextInt(7)) {
            case 0 -> {
                var _ = pool.pool().pause();
            }
            case 1, 2 -> pool.pool().resume();
            case 3 -> {
                var _ = pool.pool().reconnect();
            }
            case 4 -> pool.opensOutside();
            case 5 -> {
                var changed = SimulatedPool.settings(random, patient);
                pool.ceiling = Math.max(pool.ceiling, changed.size());
                pool.pool().apply(changed);
            }
            default -> {
                var changed = cap();
                capCeiling = Math.max(Math.max(capCeiling, backends), changed.ceiling());
                coordinator.apply(changed, null);
            }
        }
    }

    // ---- what must hold

    private void mustHold() {
        int servers = 0;
        for (var pool : pools) {
            checkBooks(pool);
            checkOrder(pool);
            servers += pool.pool().books().size();
        }
        if (coordinator.used() != backends) {
            throw new AssertionError("permits " + coordinator.used() + ", servers on PostgreSQL " + backends);
        }
        capCeiling = Math.max(coordinator.settings().ceiling(), Math.min(capCeiling, backends));
        if (backends > capCeiling || backends < servers) {
            throw new AssertionError(
                    backends + " servers on PostgreSQL, allowed are " + capCeiling + ", in the books " + servers);
        }
        snapshot();
    }

    private void checkBooks(SimulatedPool pool) {
        var books = pool.pool().books();
        int idle = 0;
        for (var server : books.servers()) {
            switch (server.slot().place()) {
                case IDLE -> {
                    idle++;
                    if (server.owner != null) {
                        throw new AssertionError("idle, and yet a client has it");
                    }
                }
                case GONE, NEW ->
                    throw new AssertionError("in the books as " + server.slot().place());
                case LENT, MOVING, CHECKED -> {}
            }
        }
        for (int loop = 0; loop < loops.count(); loop++) {
            for (var server : books.idle.onLoop(loop)) {
                if (server.loop() != loop || !books.servers().contains(server)) {
                    throw new AssertionError("idle list of loop " + loop + " has a server that is not there");
                }
                idle--;
            }
        }
        if (idle != 0) {
            throw new AssertionError("idle list and books differ by " + idle);
        }
        if (pool.servers.stream()
                .anyMatch(server -> server.isParting() && !books.servers().contains(server))) {
            throw new AssertionError("PostgreSQL works for a client that is gone, and the pool does not count it");
        }
        int now = books.size() + books.connecting;
        pool.ceiling = Math.max(books.settings().size(), Math.min(pool.ceiling, now));
        if (now > pool.ceiling + 3) {
            throw new AssertionError(now + " servers, allowed are " + pool.ceiling + " and 3 successors");
        }
        if (!books.balance() || books.debt() < 0) {
            throw new AssertionError("counts do not fit each other");
        }
    }

    /// Whoever was served since the last step stood before those of its loop that wait still.
    private void checkOrder(SimulatedPool pool) {
        var waiters = pool.pool().books().waiters;
        int open = 0;
        for (int loop = 0; loop < loops.count(); loop++) {
            var queue = waiters.inOrder(loop);
            open += queue.size();
            for (int i = 1; i < queue.size(); i++) {
                if (queue.get(i).sinceNanos < queue.get(i - 1).sinceNanos) {
                    throw new AssertionError("queue is not in the order of arrival");
                }
            }
            var earlier = before.get(pool);
            // Whose server was lost on the way gets its old place back, after others were served.
            if (earlier == null
                    || pool.servers.stream().anyMatch(each -> each.slot().place() == Place.GONE)) {
                continue;
            }
            boolean waitsStill = false;
            for (var wait : earlier.queues().get(loop)) {
                if (wait.isOpen()) {
                    waitsStill = true;
                } else if (waitsStill && wait.isServed(loops.now)) {
                    throw new AssertionError("served out of turn");
                }
            }
        }
        if (open != waiters.size()) {
            throw new AssertionError(open + " clients wait, counted are " + waiters.size());
        }
    }

    private void snapshot() {
        before = new HashMap<>();
        for (var pool : pools) {
            var queues = new ArrayList<List<Wait>>();
            for (int loop = 0; loop < loops.count(); loop++) {
                queues.add(pool.pool().books().waiters.inOrder(loop).stream()
                        .map(Wait::of)
                        .toList());
            }
            before.put(pool, new Glance(queues));
            pool.servers.removeIf(each -> each.slot().place() == Place.GONE);
        }
    }

    /// No more faults and no new clients: everybody who waits is served, everything comes back.
    void comesToRest() {
        faults = false;
        pools.forEach(pool -> pool.pool().resume());
        for (int i = 0; i < 20_000 && !isAtRest(); i++) {
            if (!loops.runsOne() && !eventHappens() && !somebodyGivesBack()) {
                loops.passes(20 * MILLI);
            }
            check();
        }
        if (!isAtRest()) {
            throw new AssertionError("no rest: waiting "
                    + pools.stream().map(pool -> pool.pool().counts()).toList() + ", clients "
                    + pools.stream()
                            .flatMap(pool -> pool.clients.stream())
                            .map(client -> client.state() + "/" + (client.server == null ? "none" : "server"))
                            .toList()
                    + ", servers "
                    + pools.stream()
                            .flatMap(pool -> pool.pool().servers().stream())
                            .map(server -> server.slot().place() + "/" + (server.owner == null ? "free" : "owned") + "/"
                                    + server.cancelsUnderWay)
                            .toList()
                    + ", events " + events.size()
                    + ", permits " + coordinator.used());
        }
        int inBooks =
                pools.stream().mapToInt(pool -> pool.pool().counts().servers()).sum();
        if (inBooks != backends) {
            throw new AssertionError(inBooks + " servers in the books, " + backends + " on PostgreSQL");
        }
    }

    private boolean somebodyGivesBack() {
        for (var pool : pools) {
            for (var client : pool.clients) {
                if (client.state() == SimulatedClient.State.LINKED && client.server != null) {
                    loops.turn(client.loop, client::givesBack);
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isAtRest() {
        depth = MAX_DEPTH;
        try {
            return rests();
        } finally {
            depth = 0;
        }
    }

    private boolean rests() {
        if (!loops.isEmpty() || !events.isEmpty()) {
            return false;
        }
        for (var pool : pools) {
            var counts = pool.pool().counts();
            // A minimum that the cap does not allow is asked for again and again.
            boolean mayAsk = coordinator.used() >= coordinator.settings().max();
            int connecting = mayAsk ? 0 : counts.connecting();
            if (counts.lent() + counts.checked() + connecting + counts.waiting() > 0) {
                return false;
            }
            for (var client : pool.clients) {
                if (client.state() != SimulatedClient.State.IDLE) {
                    return false;
                }
            }
        }
        return true;
    }
}
