package io.pgdoorman.operator.reconcile;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.DeploymentChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.plan.Step;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives pods that run, and the ReplicaSet that makes more of them, another size.
final class Sizes {

    private static final Logger LOG = LoggerFactory.getLogger(Sizes.class);
    private static final KubernetesSerialization JSON = new KubernetesSerialization();
    private static final PatchContext STRATEGIC = PatchContext.of(PatchType.STRATEGIC_MERGE);

    /// On the template of a ReplicaSet without pods: it must not be taken for the one that got its size.
    private static final String SUPERSEDED = "pgdoorman.io/superseded";

    /// Neither asking again nor asking later would help: no such subresource, no right, or no such change.
    private static final Set<Integer> FINAL = Set.of(
            HttpURLConnection.HTTP_BAD_REQUEST,
            HttpURLConnection.HTTP_FORBIDDEN,
            HttpURLConnection.HTTP_NOT_FOUND,
            HttpURLConnection.HTTP_BAD_METHOD,
            HttpURLConnection.HTTP_UNSUPPORTED_TYPE,
            422);

    private final KubernetesClient client;
    private final Meters meters;

    Sizes(KubernetesClient client, Meters meters) {
        this.client = client;
        this.meters = meters;
    }

    /// Answers what the API server has against it.
    Optional<String> resize(DoormanPool pool, Step.Resize order) {
        try {
            client.pods()
                    .inNamespace(pool.getMetadata().getNamespace())
                    .withName(order.pod())
                    .subresource("resize")
                    .patch(
                            STRATEGIC,
                            spec(resources(order.size().requirements())).toString());
            meters.wrote("Pod");
            told(pool, "pod " + order.pod(), "resize asked");
            return Optional.empty();
        } catch (KubernetesClientException e) {
            return isGone(e, order.pod()) ? Optional.empty() : refusal(e, "pod " + order.pod());
        }
    }

    private static boolean isGone(KubernetesClientException e, String name) {
        return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
                && e.getStatus() != null
                && e.getStatus().getDetails() != null
                && name.equals(e.getStatus().getDetails().getName());
    }

    private static Optional<String> refusal(KubernetesClientException e, String what) {
        if (!FINAL.contains(e.getCode())) {
            throw e;
        }
        var words = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
        return Optional.of("the API server refuses it for " + what + ": " + words);
    }

    /// Answers what the API server has against it.
    ///
    /// Of ReplicaSets with the same template the Deployment's controller takes the oldest. Those without pods
    /// must not become like the one that has them.
    Optional<String> make(DoormanPool pool, Step.Template order) {
        var sets = client.apps().replicaSets().inNamespace(pool.getMetadata().getNamespace());
        var name = Names.main(pool) + "-" + order.template();
        try {
            for (var set : sets.withLabels(Names.selector(pool)).list().getItems()) {
                if (!isOf(set, order.deployment())) {
                    continue;
                }
                var resource = sets.withName(set.getMetadata().getName());
                if (set.getMetadata().getName().equals(name)) {
                    resource.patch(
                            STRATEGIC, template(spec(whole(order.resources()))).toString());
                    meters.wrote("ReplicaSet");
                    told(pool, "ReplicaSet " + name, "template resized");
                } else if (isLike(set, order.resources())) {
                    resource.patch(STRATEGIC, template(superseded(name)).toString());
                    meters.wrote("ReplicaSet");
                }
            }
            return Optional.empty();
        } catch (KubernetesClientException e) {
            return refusal(e, "ReplicaSet " + name);
        }
    }

    private static boolean isOf(ReplicaSet set, HasMetadata deployment) {
        return set.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                        && owner.getUid().equals(deployment.getMetadata().getUid()));
    }

    private static boolean isLike(ReplicaSet set, ResourceRequirements resources) {
        var size = ContainerSize.of(resources);
        return Objects.requireNonNullElse(set.getSpec().getReplicas(), 0) == 0
                && set.getSpec().getTemplate().getSpec().getContainers().stream()
                        .filter(container -> container.getName().equals(DeploymentChild.CONTAINER))
                        .map(container -> ContainerSize.of(container.getResources()))
                        .anyMatch(other -> other.covers(size) && size.covers(other));
    }

    private void told(DoormanPool pool, String what, String message) {
        LOG.atInfo().addKeyValue("pool", pool.key()).addKeyValue("reason", what).log(message);
    }

    // Patches.

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static ObjectNode resources(ResourceRequirements resources) {
        return Objects.requireNonNull(JSON.convertValue(resources, ObjectNode.class));
    }

    /// Nothing of what was there is left.
    private static ObjectNode whole(ResourceRequirements resources) {
        return resources(resources).put("$patch", "replace");
    }

    private static ObjectNode spec(ObjectNode resources) {
        var patch = object();
        patch.putObject("spec")
                .putArray("containers")
                .addObject()
                .put("name", DeploymentChild.CONTAINER)
                .set("resources", resources);
        return patch;
    }

    private static ObjectNode superseded(String by) {
        var patch = object();
        patch.putObject("metadata").putObject("annotations").put(SUPERSEDED, by);
        return patch;
    }

    private static ObjectNode template(ObjectNode template) {
        var patch = object();
        patch.putObject("spec").set("template", template);
        return patch;
    }
}
