package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.net.Fault;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.LineUser;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.prepare.ServerStatements;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.session.SessionDirt;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One logged-in connection to PostgreSQL and what its session remembers.
///
/// Belongs to its event loop, which changes only by [#moveTo] while nobody holds it. Whoever holds it is its
/// listener; without one it is idle, and whatever PostgreSQL then sends is noted or ends it.
public final class ServerConnection implements PoolServer, LineUser {
    private static final Logger LOG = LoggerFactory.getLogger(ServerConnection.class);
    /// A batch that is longer is not sent twice.
    private static final int REPLAY_LENGTH = 4096;

    private static final byte[] PROBE = {';'};

    /// How long PostgreSQL may take to hang up after the farewell.
    private static final long FAREWELL_NANOS = 1_000_000_000L;

    private final long id;
    private final ServerSettings settings;
    private final Endpoint endpoint;
    private final IntFunction<Loop> loops;
    private final Line line;
    private final PoolSlot slot = new PoolSlot();
    private final ServerStatements statements;
    private final Map<String, String> reported = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private Map<String, String> defaults = Map.of();
    private ParameterSet parameters = ParameterSet.EMPTY;
    private volatile Loop loop;
    private @Nullable ServerListener listener;
    private int pid;
    private byte[] secret = new byte[0];
    private boolean encrypted;
    private boolean unnamedStatementLeft;
    private byte[] replayBuffer = new byte[0];
    private final SessionDirt dirt = new SessionDirt();
    private final CancelGate cancels = new CancelGate();
    private volatile @Nullable CloseReason closeReason;
    private volatile @Nullable CloseReason unwanted;
    private final ServerCounters counters = new ServerCounters();

    /// What it was made by, and where it goes.
    record Origin(ServerSettings settings, Endpoint endpoint) {}

    /// @param loops the loops by their numbers
    /// @param loop the line's own
    ServerConnection(long id, Origin origin, IntFunction<Loop> loops, Loop loop, Line line) {
        this.id = id;
        this.settings = origin.settings();
        this.endpoint = origin.endpoint();
        this.loops = loops;
        this.line = line;
        this.loop = loop;
        this.statements = new ServerStatements(settings.statementCapacity());
    }

    void begin(ServerLogin.Welcome welcome) {
        pid = welcome.pid();
        secret = welcome.secret();
        encrypted = welcome.encryption().isOn();
        reported.putAll(welcome.reported());
        defaults = Map.copyOf(welcome.reported());
    }

    // ---- identity and what the session remembers

    public long id() {
        return id;
    }

    public int pid() {
        return pid;
    }

    /// The cancel key's secret; do not change the array.
    public byte[] secret() {
        return secret;
    }

    /// Whether it runs over TLS.
    public boolean isEncrypted() {
        return encrypted;
    }

    public ServerSettings settings() {
        return settings;
    }

    /// The address it is connected to.
    public Endpoint endpoint() {
        return endpoint;
    }

    public ServerStatements statements() {
        return statements;
    }

    /// Room for the beginning of what its holder sends; of no meaning between two holders.
    public byte[] replayBuffer() {
        if (replayBuffer.length == 0) {
            replayBuffer = new byte[REPLAY_LENGTH];
        }
        return replayBuffer;
    }

    public ServerCounters counters() {
        return counters;
    }

    /// All parameters as PostgreSQL last reported them.
    public Map<String, String> reported() {
        return reported;
    }

    public ParameterSet parameters() {
        return parameters;
    }

    public void setParameters(ParameterSet now) {
        parameters = now;
    }

    /// PostgreSQL reported a parameter's new value.
    public void noteParameter(String name, String value) {
        reported.put(name, value);
        if (name.equals("in_hot_standby") && settings.hosts().wanted().isLost(value.equals("on"))) {
            retire(CloseReason.ROLE);
        }
        parameters = parameters.with(name, value, defaults.get(name));
    }

    /// All parameters as PostgreSQL reported them when this connection began.
    public Map<String, String> defaults() {
        return defaults;
    }

    /// The value that a parameter had when this connection began.
    public @Nullable String defaultOf(String name) {
        return defaults.get(name);
    }

    public SessionDirt dirt() {
        return dirt;
    }

    /// Whether a client of session mode left its unnamed statement.
    public boolean hasUnnamedStatement() {
        return unnamedStatementLeft;
    }

    public void unnamedStatementLeft(boolean left) {
        unnamedStatementLeft = left;
    }

    /// PostgreSQL confirmed DISCARD ALL: nothing is left.
    public void discardedAll() {
        dirt.remove(Dirt.ALL);
        statements.clear();
        parameters = ParameterSet.EMPTY;
    }

    // ---- holding

    /// Takes hold of it; on its loop, and only when nobody else does.
    public void attach(ServerListener holder) {
        if (listener != null) {
            throw new IllegalStateException("server " + id + " is held by another");
        }
        listener = holder;
    }

    /// Lets go of it.
    public void detach(ServerListener holder) {
        if (!holder.equals(listener)) {
            throw new IllegalStateException("server " + id + " is held by another");
        }
        listener = null;
    }

    public void write(ByteBuf bytes) {
        counters.sent(bytes.readableBytes());
        line.write(bytes);
    }

    /// [#write] and [#flush].
    public void send(ByteBuf bytes) {
        counters.sent(bytes.readableBytes());
        line.send(bytes);
    }

    public void flush() {
        line.flush();
    }

    public boolean isWritable() {
        return line.isWritable();
    }

    public void setAutoRead(boolean on) {
        line.read(on);
    }

    /// Tells when all that was written is with the kernel (true), or cannot be any more (false).
    public void whenSent(Consumer<Boolean> task) {
        line.whenSent(task);
    }

    Line line() {
        return line;
    }

    // ---- what the pool asks for

    @Override
    public PoolSlot slot() {
        return slot;
    }

    @Override
    public int loop() {
        return loop.index();
    }

    @Override
    public @Nullable CloseReason unwanted() {
        return unwanted;
    }

    /// It is not to be lent again; who has it keeps it as long as it wants. Any thread.
    public void retire(CloseReason why) {
        unwanted = why;
    }

    @Override
    public boolean isOpen() {
        return closeReason == null && line.isOpen();
    }

    @Override
    public void moveTo(int target, Consumer<Boolean> done) {
        var to = loops.apply(target);
        line.leaveLoop(left -> {
            if (!left) {
                closeNow(CloseReason.INTERNAL);
                done.accept(false);
                return;
            }
            loop = to;
            line.enterLoop(to, there -> {
                boolean moved = there && isOpen();
                if (!moved) {
                    closeNow(CloseReason.PEER);
                }
                done.accept(moved);
            });
        });
    }

    @Override
    public void probe(Consumer<Boolean> done) {
        run(PROBE, done);
    }

    /// Runs SQL of the pooler's own while nobody holds the server; its rows and notices are read and dropped.
    ///
    /// @param done called on this loop: true when PostgreSQL answered without an error and is idle; else the
    ///     connection is closed
    public void run(byte[] sql, Consumer<Boolean> done) {
        ask(sql, answer -> {
            boolean ok = answer instanceof ServerAnswer.Done;
            if (answer instanceof ServerAnswer.Refused(var error)) {
                LOG.atWarn()
                        .setMessage("server refused a query of the pooler's own")
                        .addKeyValue("server", id)
                        .addKeyValue("sqlState", error.sqlState())
                        .log();
            }
            if (!ok) {
                close(CloseReason.RESET_FAILED);
            }
            done.accept(ok);
        });
    }

    /// As [#run], for SQL that PostgreSQL may refuse.
    public void ask(byte[] sql, Consumer<ServerAnswer> done) {
        if (!isOpen()) {
            // Nobody will tell an errand that begins after the end.
            done.accept(new ServerAnswer.Lost());
            return;
        }
        var errand = new ServerErrand(this, answer -> {
            if (answer instanceof ServerAnswer.Lost) {
                close(CloseReason.RESET_FAILED);
            }
            done.accept(answer);
        });
        attach(errand.reader());
        errand.expireAfter(settings.connectTimeoutMillis(), TimeUnit.MILLISECONDS);
        try {
            var out = line.allocator().buffer(sql.length + 6);
            FrontendWriter.query(out, sql);
            write(out);
            flush();
        } catch (RuntimeException | Error bug) {
            failed(bug); // which ends the errand
        }
    }

    // ---- cancel requests on their way

    /// A cancel request for this server is being sent: until PostgreSQL has taken it, it could hit the next
    /// client.
    public void cancelStarted() {
        cancels.enter();
    }

    public void cancelEnded() {
        cancels.leave();
    }

    /// Whether no cancel request is on its way to it.
    public boolean isQuiet() {
        return cancels.isQuiet();
    }

    /// Runs the task when no cancel request is on its way: mostly at once.
    public void afterCancels(Runnable task) {
        cancels.whenQuiet(task);
    }

    // ---- closing

    @Override
    public void close(CloseReason reason) {
        loop.run(() -> closeNow(reason));
    }

    /// Its client is gone in the middle of something; on its loop, with no holder. PostgreSQL sees what it would see of
    /// a client that vanishes, and the server counts as one until PostgreSQL is done.
    public void abandon(Parting.Terms terms) {
        if (isOpen()) {
            endFor(CloseReason.CLIENT_GONE);
            var parting = new Parting(this, loop, terms);
            attach(parting);
            parting.begin();
        }
    }

    private void endFor(CloseReason reason) {
        closeReason = reason;
        LOG.atDebug()
                .setMessage("server closed")
                .addKeyValue("server", id)
                .addKeyValue("pid", pid)
                .addKeyValue("reason", reason.text())
                .log();
    }

    private void closeNow(CloseReason reason) {
        boolean begins = closeReason == null;
        if (begins) {
            endFor(reason);
        }
        if (begins && line.isOpen()) {
            var bye = line.allocator().buffer(5);
            FrontendWriter.bare(bye, Frontend.TERMINATE);
            line.send(bye);
            if (listener == null) {
                // Nobody uses it: PostgreSQL ends at once, and the end of its stream says that its slot is free again.
                // Who counts servers, as a cap does, must not believe that earlier.
                loop.later(line::close, FAREWELL_NANOS);
                return;
            }
        }
        line.close();
    }

    /// Why it was closed, or null while it is open.
    public @Nullable CloseReason closeReason() {
        return closeReason;
    }

    /// Called once when the connection is gone, after the holder was told.
    public void onClosed(Consumer<ServerConnection> watcher) {
        line.onClosed(() -> watcher.accept(this));
    }

    // ---- from the socket

    @Override
    public void received(ByteBuf chunk) {
        counters.received(chunk.readableBytes());
        var holder = listener;
        if (holder != null) {
            holder.fromServer(chunk);
        } else {
            unasked(chunk);
        }
    }

    /// Nobody asked for anything: a parameter changed by a reload of PostgreSQL, a notice, or its farewell.
    private void unasked(ByteBuf chunk) {
        var errand = new ServerErrand(this, _ -> {});
        errand.onlyAsynchronous();
        var reader = errand.reader();
        attach(reader);
        reader.fromServer(chunk);
        if (reader.equals(listener)) {
            detach(reader);
            if (reader.hasRest()) {
                // Half a notice on an idle connection: a new one costs less than remembering it.
                reader.serverClosed(CloseReason.PROTOCOL);
                closeNow(CloseReason.PROTOCOL);
            }
        }
    }

    @Override
    public void receivedAll() {
        var holder = listener;
        if (holder != null) {
            holder.serverReadComplete();
        }
    }

    @Override
    public void writabilityChanged() {
        var holder = listener;
        if (holder != null) {
            holder.serverWritabilityChanged();
        }
    }

    @Override
    public void closed() {
        if (closeReason == null) {
            closeReason = CloseReason.PEER;
        }
        var holder = listener;
        if (holder != null) {
            listener = null;
            holder.serverClosed(closeReason);
        }
        statements.close();
    }

    @Override
    public void failed(Throwable cause) {
        if (!(cause instanceof IOException)) {
            Fault.in(LOG.atError().setMessage("error while serving a server connection"), cause)
                    .addKeyValue("server", id)
                    .log();
            closeNow(CloseReason.INTERNAL);
            return;
        }
        closeNow(CloseReason.PEER);
    }
}
