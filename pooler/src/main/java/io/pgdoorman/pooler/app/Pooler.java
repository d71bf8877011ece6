package io.pgdoorman.pooler.app;

import ch.qos.logback.classic.LoggerContext;
import io.pgdoorman.config.ShutdownConfig;
import io.pgdoorman.config.ShutdownConfig.Boundary;
import io.pgdoorman.pooler.admin.Console;
import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.cancel.Peers;
import io.pgdoorman.pooler.client.Building;
import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.http.ControlServer;
import io.pgdoorman.pooler.http.ControlState;
import io.pgdoorman.pooler.http.HttpSettings;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Doors;
import io.pgdoorman.pooler.net.Heartbeats;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.Names;
import io.pgdoorman.pooler.net.TransportKind;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.reload.ReloadOutcome;
import io.pgdoorman.pooler.reload.Reloader;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.SlowLog;
import io.pgdoorman.pooler.tls.HandshakeGate;
import io.pgdoorman.pooler.tls.Provider;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running pooler: builds the rooms in order and takes them down in reverse.
public final class Pooler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pooler.class);
    private static final PgError LEAVING = PgError.fatal(
                    SqlState.ADMIN_SHUTDOWN, "terminating connection: the pooler is shutting down")
            .withHint("Connect again.");

    private final LongSupplier clock = System::nanoTime;
    private final Instant startedAt = Instant.now();
    private final Clients clients = new Clients();
    private final ProcessStats stats = new ProcessStats();
    private final SlowLog slow = new SlowLog(clock);
    private final ExecutorService errands = Executors.newVirtualThreadPerTaskExecutor();
    private final Drain drain = new Drain(clients, LEAVING, errands, clock);
    private final CountDownLatch end = new CountDownLatch(1);
    private final Loops loops;
    private final Heartbeats heartbeats;
    private final ExecutorService crypto = Executors.newFixedThreadPool(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            Thread.ofPlatform().name("crypto-", 0).daemon().factory());
    private final Reloader reloader;
    private final LiveSettings live;
    private final Demand demand = new Demand();
    private final Janitor janitor;
    private final Doors doors;
    private final @Nullable ControlServer control;
    private final int webPort;
    private final Peers peers;
    private final Console console;
    private final CancelRegistry cancels;
    private final Succession succession;
    private final Budget budget = new Budget(this);
    private final Upgrade upgrade = new Upgrade(this);
    private final Threshold threshold;
    private volatile ControlState.Phase phase = ControlState.Phase.STARTING;

    /// While draining: only newcomers are refused. Guarded by this object.
    private boolean clientsStay;

    private Pooler(Path configFile, Successor.@Nullable Ancestor ancestor) throws IOException {
        var boot = Reloader.boot(configFile);
        var general = boot.config().general();
        var transport = TransportKind.choose(System.getenv().getOrDefault("POOLER_TRANSPORT", ""));
        var syslogName = general.listen().syslogName();
        if (syslogName != null) {
            LogSettings.toSyslog(syslogName, SyslogAppender.MACHINE);
        }
        loops = new Loops(
                transport,
                threads(general.listen().workers().threads()),
                general.listen().workers().pinned());
        heartbeats = new Heartbeats(loops, clock);
        heartbeats.start();
        var names = Names.of(loops, clock);
        var dialer = new Dialer(loops, names);
        peers = new Peers(dialer);
        cancels = new CancelRegistry(peers);
        var processSecret = new byte[32];
        new SecureRandom().nextBytes(processSecret);
        var mocks = new MockVerifiers(processSecret);
        // Whoever takes over from another process has its share.
        threshold = new Threshold(this, ancestor == null ? boot.unattended() : null);
        reloader = boot.build(
                new Reloader.Parts(
                        loops,
                        new ServerConnector(dialer, stats, clock, crypto),
                        names,
                        clients,
                        mocks,
                        slow,
                        Provider.choose(System.getProperty("pooler.tls.provider", "")),
                        crypto),
                clock,
                threshold.isShutAtFirst(),
                threshold.connections());
        live = new LiveSettings(reloader, slow, clients, peers);
        live.applied();
        janitor = new Janitor(reloader, new FileFollower(reloader, () -> reload(null, null)), demand, clock);
        var view = new ProcessView(reloader, clients, heartbeats, clock);
        console = console(view, names);
        var building = new Building(
                loops,
                reloader::directory,
                live::house,
                clients,
                new Building.Cancels(cancels, new CancelSender(dialer::dial)),
                console,
                mocks,
                stats,
                clock,
                new Building.Encrypting(reloader::tls, new HandshakeGate(), crypto));
        Entrance entrance = null;
        try {
            entrance = Entrance.open(
                    new Entrance.Inside(loops, building, live::clientSocket, cancels, budget),
                    general.listen(),
                    ancestor);
            control = boot.config().web().isEnabled() ? control(view) : null;
            webPort = control == null ? 0 : control.start().getPort();
        } catch (IOException cannotListen) {
            if (entrance != null) {
                entrance.close();
            }
            loops.close();
            throw cannotListen;
        }
        doors = entrance.doors();
        succession = new Succession(this, ancestor, entrance.newProcess());
        names.start();
        janitor.start();
        if (threshold.isShutAtFirst()) {
            phase = ControlState.Phase.WAITING;
            threshold.waitToBeLetIn();
        } else {
            var _ = becomeReady(ControlState.Phase.STARTING);
        }
    }

    /// @return whether that was its phase
    synchronized boolean becomeReady(ControlState.Phase from) {
        if (phase != from) {
            return false;
        }
        phase = ControlState.Phase.READY;
        LOG.atInfo()
                .setMessage("pooler is ready")
                .addKeyValue(
                        "server", reloader.live().config().general().listen().host() + ":" + doors.port())
                .addKeyValue("hash", reloader.live().hash())
                .log();
        return true;
    }

    Demand demand() {
        return demand;
    }

    Threshold threshold() {
        return threshold;
    }

    /// Starts a pooler in this process.
    ///
    /// @throws IOException with all faults of the file, or with the address that cannot be listened on
    public static Pooler start(Path configFile) throws IOException {
        return new Pooler(configFile, null);
    }

    /// Starts a pooler that takes over from the process before this one.
    static Pooler takeOver(Path configFile, Successor.Ancestor ancestor) throws IOException {
        return new Pooler(configFile, ancestor);
    }

    /// More loops than cores would only switch.
    private static int threads(int wanted) {
        return Math.clamp(wanted, 1, Math.max(1, Runtime.getRuntime().availableProcessors()));
    }

    static String version() {
        var version = Pooler.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private ControlServer control(ProcessView view) {
        var web = reloader.live().config().web();
        return new ControlServer(
                new HttpSettings(
                        web.host(),
                        web.port(),
                        live::adminLogin,
                        HttpSettings.Limits.usual(),
                        allocator -> reloader.webTls()
                                .map(tls -> tls.handler(allocator, crypto))
                                .orElse(null)),
                view,
                stats,
                new Controls(this));
    }

    private Console console(ProcessView view, Names names) {
        return new Console(new Console.Sources(
                view,
                stats,
                new AdminOrders(this),
                new ConfigTable(() -> reloader.live().config()),
                new Inspector(this, names),
                new LogFilter((LoggerContext) LoggerFactory.getILoggerFactory())));
    }

    Peers peers() {
        return peers;
    }

    /// Bytes of clients' messages that cannot go on yet; 0 when there are none.
    public long heldClientBytes() {
        return clients.memory().held();
    }

    public int port() {
        return doors.port();
    }

    /// The port of metrics and control; 0 when they are off.
    public int webPort() {
        return webPort;
    }

    Reloader reloader() {
        return reloader;
    }

    Clients clients() {
        return clients;
    }

    Loops loops() {
        return loops;
    }

    List<ClientPool> clientPools() {
        return reloader.views().stream().map(Reloader.PoolView::clients).toList();
    }

    ExecutorService errands() {
        return errands;
    }

    ControlState.Phase phase() {
        return phase;
    }

    Instant startedAt() {
        return startedAt;
    }

    /// Loads the configuration file anew; blocks.
    public ReloadOutcome reload(@Nullable String expectedHash, @Nullable Long generation) {
        var outcome = reloader.reload(expectedHash, generation);
        live.applied();
        if (live.kicksClients()) {
            kickRefused();
        }
        stats.reloaded(Controls.result(outcome));
        return outcome;
    }

    private void kickRefused() {
        int ended = clients.endRefused(reloader.directory());
        if (ended > 0) {
            LOG.atInfo()
                    .setMessage("clients whom the access rules do not let in any more are ended")
                    .addKeyValue("client", ended)
                    .log();
        }
    }

    /// Gives an order to the pools of a database, or to all.
    ///
    /// @return how many pools are meant
    int forPools(@Nullable String database, Consumer<Pool<ServerConnection>> order) {
        int meant = 0;
        for (var view : reloader.views()) {
            if (database == null || database.equals(view.clients().database())) {
                order.accept(view.clients().pool());
                meant++;
            }
        }
        return meant;
    }

    Heartbeats heartbeats() {
        return heartbeats;
    }

    /// Not ready any more; logins are refused, and each client ends where and when `shutdown_*` says. Idempotent.
    public void drain() {
        var how = shutdown();
        drain(how.boundary(), how.spread());
    }

    private synchronized void drain(Boundary boundary, Duration spread) {
        boolean stay = boundary == Boundary.SESSION;
        if (phase == ControlState.Phase.DRAINING && (stay || !clientsStay)) {
            return;
        }
        phase = ControlState.Phase.DRAINING;
        clientsStay = stay;
        LOG.atInfo()
                .setMessage("draining")
                .addKeyValue("client", clients.count())
                .log();
        drain.begin(boundary, spread);
    }

    /// Drains without a limit of time, clients that wait for a server at once; the process ends when no server is in
    /// use.
    void endWhenServersAreFree() {
        drain(Boundary.TRANSACTION, Duration.ZERO);
        drain.endWaiting();
        drain.then(
                () -> reloader.views().stream().allMatch(view -> {
                    var counts = view.clients().pool().counts();
                    return counts.lent() + counts.checked() == 0;
                }),
                this::askToEnd);
    }

    /// Not ready any more, and logins are refused; the process ends when all clients have left by themselves.
    void endWhenClientsHaveLeft() {
        drain(Boundary.SESSION, Duration.ZERO);
        drain.then(() -> clients.loggedInCount() == 0, this::askToEnd);
    }

    // ---- upgrade

    Upgrade upgrade() {
        return upgrade;
    }

    Budget budget() {
        return budget;
    }

    LongSupplier clock() {
        return clock;
    }

    Doors doors() {
        return doors;
    }

    Console console() {
        return console;
    }

    CancelRegistry cancels() {
        return cancels;
    }

    Succession succession() {
        return succession;
    }

    @Nullable
    ControlServer control() {
        return control;
    }

    /// Who is in is served on.
    synchronized void letsNobodyIn() {
        phase = ControlState.Phase.DRAINING;
        clientsStay = true;
    }

    void servesAgain() {
        phase = ControlState.Phase.READY;
    }

    /// Waits until all clients have left, at most this long.
    ///
    /// @return whether they have
    boolean awaitDrained(Duration limit) throws InterruptedException {
        return drain.await(limit);
    }

    /// Somebody with the right to it wants the process to end.
    void askToEnd() {
        end.countDown();
    }

    boolean isAskedToEnd() {
        return end.getCount() == 0;
    }

    /// Waits until the process is asked to end.
    void awaitEnd() throws InterruptedException {
        end.await();
    }

    /// How it ends, as the live configuration says.
    ShutdownConfig shutdown() {
        return live.shutdown();
    }

    /// Takes everything down now; clients that are left are told.
    @Override
    public void close() {
        phase = ControlState.Phase.DRAINING;
        doors.leave(succession.handedOver());
        clients.closeAll(LEAVING);
        janitor.close();
        reloader.retireAll(LEAVING);
        var http = control;
        if (http != null) {
            http.close();
        }
        endErrands();
        loops.close();
        crypto.shutdownNow();
    }

    /// Before the loops: an errand that still waits for something, as for the turn of the next client to drain, would
    /// want to work on one that has ended.
    private void endErrands() {
        errands.shutdownNow();
        try {
            var _ = errands.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
