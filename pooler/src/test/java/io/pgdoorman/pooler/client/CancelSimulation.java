package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.pool.ServerSource;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.wire.PgError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One story of clients that share few servers and cancel what they run, told by a seed. All from the sender of
/// cancel requests to the pool is the real thing; network, time and PostgreSQL are the story's: a request is
/// connected, taken by PostgreSQL and acknowledged in steps of its own, anything else between them, or it is cut off
/// and taken all the same, when nobody thinks of it any more.
final class CancelSimulation implements ServerSource<ServerConnection>, CancelSender.Dial {
    private static final PgError DOWN = PgError.fatal("08006", "connection refused");
    private static final int CLIENTS = 5;

    private final Random random;
    private final Map<Integer, SimulatedBackend> backends = new HashMap<>();
    private final List<Runnable> events = new ArrayList<>();
    private final List<EmbeddedChannel> requests = new ArrayList<>();
    private final List<CancellingClient> clients = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private final ClientPool clientPool;
    private final ServerReturn servers;
    private final CancelSender sender = new CancelSender(this);
    private boolean faults = true;
    private int pids;
    private long now = TimeUnit.HOURS.toNanos(1);

    /// Who asks for the request that is dialled now; nobody where a server is parting.
    @Nullable
    CancellingClient asking;

    long steps;
    long leases;
    long hits;
    long idle;
    long late;

    private record Timer(long due, Runnable task) {}

    CancelSimulation(long seed, Loops loops) {
        random = new Random(seed);
        clientPool = ClientStage.pool(this, 1 + random.nextInt(3), () -> now);
        servers = new ServerReturn(ClientStage.building(loops, sender), clientPool);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new CancellingClient(this));
        }
    }

    Pool<ServerConnection> pool() {
        return clientPool.pool();
    }

    ServerReturn servers() {
        return servers;
    }

    CancelSender sender() {
        return sender;
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    SimulatedBackend backend(ServerConnection server) {
        var backend = backends.get(server.pid());
        if (backend == null) {
            throw new AssertionError("a server without PostgreSQL");
        }
        return backend;
    }

    void run(int length) {
        for (int i = 0; i < length; i++) {
            steps++;
            int dice = random.nextInt(100);
            if (dice < 40) {
                clientActs();
            } else if (dice < 70) {
                eventHappens();
            } else if (dice < 95) {
                postgresActs();
            } else {
                passes(chance(3) ? 130_000 : random.nextInt(3000));
            }
        }
    }

    private void clientActs() {
        int index = random.nextInt(clients.size());
        var client = clients.get(index);
        client.acts();
        if (client.isGone()) {
            clients.set(index, new CancellingClient(this));
        }
    }

    private boolean eventHappens() {
        if (events.isEmpty()) {
            return false;
        }
        int index = random.nextInt(events.size());
        var event = events.get(index);
        events.set(index, events.getLast());
        events.removeLast();
        event.run();
        return true;
    }

    private void postgresActs() {
        var all = List.copyOf(backends.values());
        if (!all.isEmpty()) {
            acts(all.get(random.nextInt(all.size())));
        }
    }

    private void acts(SimulatedBackend backend) {
        backend.acts(!faults || chance(50));
        if (backend.isGone()) {
            backends.remove(backend.pid());
        }
    }

    private void passes(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        var due = timers.stream().filter(timer -> timer.due <= now).toList();
        timers.removeAll(due);
        due.forEach(timer -> timer.task.run());
        List.copyOf(backends.values()).forEach(backend -> backend.passes(millis));
        for (var request : List.copyOf(requests)) {
            request.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
            request.runScheduledPendingTasks();
        }
        requests.removeIf(request -> !request.isOpen());
    }

    // ---- cancel requests on their way

    @Override
    public void dial(Loop loop, Dialer.Target target, ChannelHandler handler, Consumer<Throwable> failed) {
        var asker = asking;
        var request = new EmbeddedChannel();
        request.freezeTime();
        request.pipeline().addLast(handler);
        events.add(() -> {
            if (faults && chance(10)) {
                failed.accept(new IOException("connection refused"));
            } else {
                requests.add(request);
                request.pipeline().fireChannelActive();
                ByteBuf bytes = request.readOutbound();
                int pid = bytes.getInt(8);
                bytes.release();
                isSent(request, asker, pid);
            }
        });
    }

    private void isSent(EmbeddedChannel request, @Nullable CancellingClient asker, int pid) {
        events.add(() -> {
            if (!request.isOpen()) {
                late++;
            }
            isTaken(asker, pid);
            events.add(() -> {
                var _ = request.close();
            });
        });
        if (faults && chance(15)) {
            events.add(() -> {
                if (request.isOpen()) {
                    request.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
                }
            });
        }
    }

    private void isTaken(@Nullable CancellingClient asker, int pid) {
        var backend = backends.get(pid);
        if (backend == null) {
            return;
        }
        var asked = asker == null ? backend.abandonedBy() : asker;
        if (backend.isHit(asked)) {
            hits++;
        } else {
            idle++;
        }
    }

    // ---- servers for the pool

    @Override
    public void connect(int loop, Callback<ServerConnection> callback) {
        events.add(() -> {
            if (faults && chance(5)) {
                callback.failed(new ConnectFailure(DOWN, false));
                return;
            }
            var backend = new SimulatedBackend(++pids);
            backends.put(backend.pid(), backend);
            backend.server().onClosed(pool()::closed);
            callback.connected(backend.server());
        });
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void run(int loop, Runnable task) {
        task.run();
    }

    @Override
    public void later(Runnable task, long delayNanos) {
        timers.add(new Timer(now + delayNanos, task));
    }

    @Override
    public int loops() {
        return 1;
    }

    // ---- the end

    /// No more faults, and nobody asks for anything new: whoever waits is served, and all servers come back.
    void comesToRest() {
        faults = false;
        for (int i = 0; i < 500 && !isAtRest(); i++) {
            clients.forEach(CancellingClient::endsTransaction);
            List.copyOf(backends.values()).forEach(this::acts);
            if (!eventHappens()) {
                passes(1000);
            }
        }
        if (!isAtRest()) {
            throw new AssertionError("no rest: " + pool().counts() + ", "
                    + clients.stream().map(CancellingClient::toString).toList() + ", events " + events.size()
                    + ", requests " + requests.size());
        }
        for (var server : pool().servers()) {
            var quiet = new boolean[1];
            server.afterCancels(() -> quiet[0] = true);
            if (!quiet[0]) {
                throw new AssertionError("a gate that nobody will open");
            }
        }
        backends.values().forEach(SimulatedBackend::ends);
    }

    private boolean isAtRest() {
        var counts = pool().counts();
        return events.isEmpty()
                && counts.lent() + counts.checked() + counts.connecting() + counts.waiting() == 0
                && backends.size() == counts.idle()
                && clients.stream().allMatch(CancellingClient::isIdle);
    }
}
