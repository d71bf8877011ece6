package io.pgdoorman.operator.reconcile;

import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessStatus;
import io.pgdoorman.operator.status.Reasons;
import io.pgdoorman.operator.status.Transitions;

/// Writes what became of a claim, if it is something new.
final class ClaimTeller {

    private final StatusWriter statuses;
    private final Events events;

    ClaimTeller(StatusWriter statuses, Events events) {
        this.statuses = statuses;
        this.events = events;
    }

    /// What became of a claim.
    record News(DoormanDatabaseAccess claim, DoormanDatabaseAccessStatus status) {

        /// Whether the claim says so already.
        boolean isTold() {
            return status.equals(claim.getStatus());
        }

        /// Whether a paused pool tells it, which tells nobody else anything: silence would say that there is such a
        /// pool, as who names one that is not there is answered.
        boolean isForStrangers() {
            return claim.getStatus() == null
                    && status.conditions().stream()
                            .anyMatch(condition -> condition.reason().equals(Reasons.NOT_GRANTED));
        }
    }

    void tell(News news) {
        if (news.isTold()) {
            return;
        }
        var claim = news.claim();
        var status = news.status();
        if (statuses.write(claim, new DoormanDatabaseAccess(), status)) {
            Transitions.between(claim.getStatus(), status).forEach(happening -> events.tell(claim, happening));
        }
    }
}
