package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CancelGate;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A server of a simulation. It knows who has it, and that only one may.
final class SimulatedServer implements PoolServer {
    private final PoolSlot slot = new PoolSlot();
    private final CancelGate cancels = new CancelGate();
    private final Simulation simulation;
    private final SimulatedPool home;
    private boolean open = true;
    private boolean told;
    private boolean parting;
    private boolean lostOnTheWay;
    private int loop;

    /// Cancel requests that PostgreSQL has not taken yet.
    int cancelsUnderWay;

    @Nullable
    SimulatedClient owner;

    SimulatedServer(Simulation simulation, SimulatedPool home, int loop) {
        this.simulation = simulation;
        this.home = home;
        this.loop = loop;
    }

    CancelGate cancels() {
        return cancels;
    }

    SimulatedPool home() {
        return home;
    }

    /// A client takes hold of it.
    void taken(SimulatedClient client) {
        if (owner != null) {
            throw new AssertionError("a server with two owners");
        }
        if (lostOnTheWay) {
            throw new AssertionError("lent though it was lost on the way");
        }
        if (cancelsUnderWay > 0) {
            throw new AssertionError("a cancel request of its last client could hit its next one");
        }
        if (client.loop != loop) {
            throw new AssertionError("lent on loop " + client.loop + ", lives on " + loop);
        }
        owner = client;
    }

    void released(SimulatedClient client) {
        if (owner != client) {
            throw new AssertionError("given back by somebody who does not have it");
        }
        owner = null;
    }

    @Override
    public PoolSlot slot() {
        return slot;
    }

    @Override
    public int loop() {
        return loop;
    }

    @Override
    public void moveTo(int target, Consumer<Boolean> done) {
        simulation.callsOut();
        if (owner != null) {
            throw new AssertionError("moved while a client has it");
        }
        simulation.happens(target, () -> {
            if (open && simulation.chance(40)) {
                breaks();
            }
            loop = target;
            lostOnTheWay = !open;
            done.accept(open);
        });
    }

    @Override
    public void probe(Consumer<Boolean> done) {
        simulation.callsOut();
        simulation.happens(loop, () -> {
            if (simulation.chance(20)) {
                close(CloseReason.PROBE_FAILED);
            }
            done.accept(open);
        });
    }

    @Override
    public void close(CloseReason reason) {
        simulation.callsOut();
        simulation.loops().run(loop, this::breaks);
    }

    /// Its client vanished while PostgreSQL works: it is of no use any more, and yet there until PostgreSQL is done.
    void parts() {
        if (!open) {
            return; // it broke before
        }
        open = false;
        told = true;
        parting = true;
        simulation.happens(
                loop,
                () -> simulation.happens(loop, () -> {
                    parting = false;
                    simulation.backendEnded();
                    home.pool().closed(this);
                }));
    }

    /// Whether PostgreSQL works on for a client that is gone.
    boolean isParting() {
        return parting;
    }

    /// The connection ends; that reaches its loop later, and PostgreSQL is rid of the server then.
    void breaks() {
        open = false;
        if (!told) {
            told = true;
            simulation.happens(loop, () -> {
                simulation.backendEnded();
                var holder = owner;
                if (holder != null) {
                    holder.serverLost();
                }
                home.pool().closed(this);
            });
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public @Nullable CloseReason unwanted() {
        return null;
    }
}
