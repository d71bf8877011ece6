package io.pgdoorman.pooler.pool;

/// A pool's place at the coordinator of its database.
record Seat(Coordinator coordinator, Coordinator.Member member) {
    static Seat at(Coordinator coordinator, Tenant tenant) {
        return new Seat(coordinator, coordinator.join(tenant));
    }

    /// Asks for a permit.
    void acquire(Coordinator.Applicant applicant) {
        coordinator.acquire(member, applicant);
    }

    /// A permit is free again.
    void release() {
        coordinator.release(member);
    }

    void leave() {
        coordinator.leave(member);
    }

    /// Whether somebody of the database waits for a permit.
    boolean isShort() {
        return coordinator.isShort();
    }

    boolean hasRoomFor(int permits) {
        return coordinator.hasRoomFor(permits);
    }

    /// The pool has an idle server more.
    void idleReturned() {
        coordinator.idleReturned();
    }
}
