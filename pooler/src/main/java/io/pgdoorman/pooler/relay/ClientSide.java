package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.PlannerScope;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.session.ParameterSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a client keeps from lease to lease, and its relay while it has one: an idle client has none, as a relay is a
/// kilobyte and a half. Belongs to the client's event loop.
public final class ClientSide implements ClientParameters.Listener {
    private final RelayOwner owner;
    private final Line line;
    private final RelayShelf shelf;
    private final RelaySettings settings;
    private final ClientStatements statements;
    private final ClientParameters parameters;
    private final Traffic traffic;
    private final Backpressure backpressure;
    private @Nullable Relay relay;

    /// What the client's settings make of a text.
    private long scope;

    private boolean async;

    /// @param shelf of the client's pool on its loop
    public ClientSide(RelayOwner owner, Line line, RelayShelf shelf, RelaySettings settings, Session session) {
        this.owner = owner;
        this.line = line;
        this.shelf = shelf;
        this.settings = settings;
        this.statements = new ClientStatements(shelf.cache().tally());
        this.traffic = session.traffic();
        this.parameters = new ClientParameters(session.wanted(), session.told(), this);
        this.backpressure = new Backpressure(owner);
        this.scope = PlannerScope.of(session.wanted().values());
    }

    /// What the client brought along from its login.
    ///
    /// @param wanted the settings of its startup packet
    /// @param told the parameters that it was greeted with
    public record Session(ParameterSet wanted, Map<String, String> told, Traffic traffic) {}

    // ---- for the client connection

    /// The relay of the lease that begins.
    public Relay relay() {
        var mine = relay;
        if (mine == null) {
            mine = shelf.take(settings, line.allocator());
            mine.serve(this);
            relay = mine;
        }
        return mine;
    }

    /// The relay of the lease that runs.
    public Relay linked() {
        var mine = relay;
        if (mine == null) {
            throw new IllegalStateException("no server is held");
        }
        return mine;
    }

    public boolean isLinked() {
        return server() != null;
    }

    public @Nullable ServerConnection server() {
        var mine = relay;
        return mine == null ? null : mine.server();
    }

    /// The client reset all its parameters while it holds no server: what a server has is brought in line when
    /// it gets one.
    ///
    /// @return what it has to be told
    public Map<String, String> resetUnlinked() {
        return parameters.resetUnlinked();
    }

    /// What the client knows of its parameters while it holds no server.
    public KnownParameters knownParameters() {
        return parameters.known();
    }

    /// Goes on where another process stopped.
    public void goOn(KnownParameters known) {
        parameters.goOn(known);
    }

    /// Reads nothing any more, of the client nor of its server, or goes on.
    public void suspend(boolean on) {
        backpressure.suspended(on);
        applyBackpressure();
    }

    public void writabilityChanged() {
        backpressure.clientWritable(line.isWritable());
        applyBackpressure();
    }

    private void applyBackpressure() {
        var mine = relay;
        if (mine == null) {
            backpressure.apply(null, 0);
        } else {
            mine.applyBackpressure();
        }
    }

    /// Whether a message of PostgreSQL's is half told, so that nothing else can be said to the client.
    public boolean isMidAnswer() {
        var mine = relay;
        return mine != null && mine.isMidAnswer();
    }

    public boolean owesNothing() {
        var mine = relay;
        return mine == null || mine.owesNothing();
    }

    /// Bytes of the client that cannot go on, as their message is not whole.
    public int heldBytes() {
        var mine = relay;
        return mine == null ? 0 : mine.heldBytes();
    }

    /// Whether the server stays with the client for what is left in its session.
    public boolean isPinned() {
        var mine = relay;
        return mine != null && mine.isPinned();
    }

    /// Whether PostgreSQL would roll something back if the client left now.
    public boolean isInTransaction() {
        var mine = relay;
        return mine != null && mine.isInTransaction();
    }

    public boolean isSessionMode() {
        return settings.sessionMode();
    }

    /// Lets go of the server without a word to anybody, because the client is gone; it is the caller's then.
    /// Nobody gets the relay of such a lease.
    public @Nullable ServerConnection abandon() {
        var mine = relay;
        relay = null;
        return mine == null ? null : mine.abandon();
    }

    /// Whether the client has ever asked for answers before its Sync; read without synchronization.
    public boolean isAsync() {
        return async;
    }

    public ClientStatements statements() {
        return statements;
    }

    public Traffic traffic() {
        return traffic;
    }

    // ---- for its relay

    /// The lease is over, and the relay is another's.
    void relayLeft() {
        relay = null;
    }

    RelayOwner owner() {
        return owner;
    }

    Line line() {
        return line;
    }

    Backpressure backpressure() {
        return backpressure;
    }

    ClientParameters parameters() {
        return parameters;
    }

    long scope() {
        return scope;
    }

    /// It sent a Flush.
    void isAsync(boolean is) {
        async = is;
    }

    @Override
    public void wanted(ParameterSet now) {
        scope = PlannerScope.of(now.values());
        var mine = relay;
        if (mine != null) {
            mine.outward().scope(scope);
        }
    }
}
