package io.pgdoorman.pooler.pool;

import java.util.concurrent.locks.ReentrantLock;

/// A lock at which the thread may be preempted: before it is taken, others get their turn, as on a real machine.
final class SimulatedLock extends ReentrantLock {
    private static final long serialVersionUID = 1;

    private final transient Simulation simulation;

    SimulatedLock(Simulation simulation) {
        this.simulation = simulation;
    }

    @Override
    public void lock() {
        simulation.preempts();
        super.lock();
        simulation.locks++;
    }

    @Override
    public void unlock() {
        simulation.locks--;
        super.unlock();
    }
}
