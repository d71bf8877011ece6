package io.pgdoorman.operator.local;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.child.SecretChild;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The objects of one pool, kept in memory as an API server would keep them. Owned by the loop's thread.
final class Shelf {

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    private Children children = Children.NONE;
    private long deploymentGeneration;

    Children children() {
        return children;
    }

    void apply(HasMetadata child) {
        if (child instanceof Deployment deployment) {
            deploymentGeneration++;
            deployment.getMetadata().setGeneration(deploymentGeneration);
        }
        children = children.with(child);
    }

    void remove(HasMetadata child) {
        children = children.without(child);
    }

    /// What the Deployment's controller would report.
    void report(int replicas, int updated) {
        var deployment = children.deployment();
        if (deployment != null) {
            deployment.setStatus(new DeploymentStatusBuilder()
                    .withObservedGeneration(deploymentGeneration)
                    .withReplicas(replicas)
                    .withUpdatedReplicas(updated)
                    .build());
        }
    }

    /// What pods mount; null before the first configuration.
    @Nullable
    Volume volume() {
        var config = children.config();
        var admin = children.admin();
        if (config == null || admin == null) {
            return null;
        }
        StoredConfig stored = ConfigMapChild.read(config);
        var password = SecretChild.adminPassword(admin);
        if (stored == null || password == null) {
            return null;
        }
        var secrets = new TreeMap<String, String>();
        var users = children.secrets();
        if (users != null && users.getData() != null) {
            users.getData().forEach((file, value) -> secrets.put(file, SecretChild.decode(value)));
        }
        return new Volume(stored, secrets, password);
    }

    /// Names the template of new pods; null before there is one.
    @Nullable
    String revision() {
        var deployment = children.deployment();
        return deployment == null
                ? null
                : Integer.toHexString(
                        JSON.asJson(deployment.getSpec().getTemplate()).hashCode());
    }
}
