package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;

/// A client of a simulation: borrows, works, gives back, cancels, gives up, vanishes.
final class SimulatedClient implements Borrower<SimulatedServer> {
    private final Simulation simulation;
    private final SimulatedPool home;
    final int loop;
    private State state = State.IDLE;
    private boolean leftInTime;

    @Nullable
    Ticket<SimulatedServer> ticket;

    private @Nullable Ticket<SimulatedServer> used;

    @Nullable
    SimulatedServer server;

    /// How often it asked.
    int asked;

    enum State {
        IDLE,
        WAITING,
        LINKED,
        GONE
    }

    SimulatedClient(Simulation simulation, SimulatedPool home, int loop) {
        this.simulation = simulation;
        this.home = home;
        this.loop = loop;
    }

    State state() {
        return state;
    }

    boolean isGone() {
        return state == State.GONE;
    }

    /// Does something on its loop.
    void acts() {
        switch (state) {
            case IDLE -> borrows();
            case WAITING -> {
                if (simulation.chance(30)) {
                    vanishes();
                }
            }
            case LINKED -> {
                if (simulation.chance(20)) {
                    cancels();
                } else if (simulation.chance(30)) {
                    vanishes();
                } else {
                    givesBack();
                }
            }
            case GONE -> {}
        }
    }

    private void borrows() {
        // Before the call: it may be preempted, and then the answer comes before it returns.
        state = State.WAITING;
        asked++;
        switch (home.pool().borrow(loop, this, used)) {
            case Borrowed.Lent<SimulatedServer>(var lent) -> takes(lent);
            case Borrowed.Waiting<SimulatedServer>(var place) -> {
                ticket = place;
                used = null;
            }
            case Borrowed.Refused<SimulatedServer> _ -> state = State.IDLE;
        }
    }

    private void takes(SimulatedServer lent) {
        lent.taken(this);
        ticket = null;
        server = lent;
        state = State.LINKED;
        simulation.served++;
    }

    @Override
    public void lent(SimulatedServer lent) {
        simulation.callsOut();
        if (state == State.WAITING) {
            used = ticket;
            takes(lent);
        } else if (leftInTime) {
            throw new AssertionError("served though it left in time");
        } else {
            home.pool().giveBack(lent);
        }
    }

    @Override
    public void refused(PgError error) {
        simulation.callsOut();
        if (state == State.WAITING) {
            simulation.refused(this, error);
            ticket = null;
            state = State.IDLE;
        }
    }

    private SimulatedServer letsGo() {
        var held = server;
        if (held == null) {
            throw new AssertionError("has no server");
        }
        server = null;
        held.released(this);
        return held;
    }

    /// Ends its lease; on the way back the server waits for cancel requests and is reset if it is dirty.
    void givesBack() {
        var held = letsGo();
        state = State.IDLE;
        held.cancels().whenQuiet(() -> comesBack(held));
    }

    private void comesBack(SimulatedServer held) {
        if (!simulation.chance(4)) {
            home.pool().giveBack(held);
            return;
        }
        home.pool().checking(held);
        simulation.happens(held.loop(), () -> {
            if (simulation.chance(10)) {
                held.close(CloseReason.RESET_FAILED);
            } else {
                home.pool().giveBack(held);
            }
        });
    }

    private void cancels() {
        var held = server;
        if (held == null) {
            throw new AssertionError("has no server");
        }
        held.cancels().enter();
        held.cancelsUnderWay++;
        simulation.happens(loop, () -> {
            held.cancelsUnderWay--;
            held.cancels().leave();
        });
    }

    /// The connection to the client is gone.
    void vanishes() {
        var place = ticket;
        ticket = null;
        boolean linked = state == State.LINKED;
        state = State.GONE;
        if (place != null) {
            leftInTime = home.pool().giveUp(place);
        }
        if (linked) {
            var held = letsGo();
            if (simulation.chance(2)) {
                held.cancels().whenQuiet(held::parts);
            } else {
                held.cancels().whenQuiet(() -> comesBack(held));
            }
        }
    }

    void serverLost() {
        var _ = letsGo();
        state = State.IDLE;
    }
}
