package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessStatus;
import io.pgdoorman.operator.status.Reasons;
import io.pgdoorman.operator.status.Transitions;
import java.net.HttpURLConnection;

/// Writes what became of a claim, if it is something new.
final class ClaimTeller {

    private final KubernetesClient client;
    private final Meters meters;
    private final Events events;

    ClaimTeller(KubernetesClient client, Meters meters, Events events) {
        this.client = client;
        this.meters = meters;
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
        var patch = new DoormanDatabaseAccess();
        patch.setMetadata(new ObjectMetaBuilder()
                .withName(claim.getMetadata().getName())
                .withNamespace(claim.getMetadata().getNamespace())
                .withUid(claim.getMetadata().getUid())
                .build());
        patch.setStatus(status);
        try {
            client.resource(patch).subresource("status").patch(Actor.APPLY);
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return; // The claim is gone, or another one has its name: its own event is on the way.
            }
            throw e;
        }
        meters.wrote("DoormanDatabaseAccess");
        Transitions.between(claim.getStatus(), status).forEach(happening -> events.tell(claim, happening));
    }
}
