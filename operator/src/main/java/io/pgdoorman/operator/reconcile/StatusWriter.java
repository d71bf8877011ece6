package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;

/// Writes the status of a resource, and nothing else of it.
final class StatusWriter {

    private final KubernetesClient client;
    private final Meters meters;

    StatusWriter(KubernetesClient client, Meters meters) {
        this.client = client;
        this.meters = meters;
    }

    /// @param patch a new object of the resource's kind
    /// @return false when the resource is gone, or another one has its name: its own event is on the way
    <S, R extends CustomResource<?, S>> boolean write(R resource, R patch, S status) {
        var its = resource.getMetadata();
        patch.setMetadata(new ObjectMetaBuilder()
                .withName(its.getName())
                .withNamespace(its.getNamespace())
                .withUid(its.getUid())
                .build());
        patch.setStatus(status);
        try {
            client.resource(patch).subresource("status").patch(Actor.APPLY);
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return false;
            }
            throw e;
        }
        meters.wrote(resource.getKind());
        return true;
    }
}
