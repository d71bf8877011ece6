package io.pgdoorman.operator.local;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
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
        put(child, child);
    }

    void remove(HasMetadata child) {
        put(child, null);
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

    private void put(HasMetadata child, @Nullable HasMetadata now) {
        var all = children;
        children = switch (child) {
            case ConfigMap _ ->
                new Children(
                        (ConfigMap) now, all.secrets(), all.admin(), all.deployment(), all.service(), all.budget());
            case Secret secret
            when secret.getMetadata().getName().endsWith("-admin") ->
                new Children(all.config(), all.secrets(), (Secret) now, all.deployment(), all.service(), all.budget());
            case Secret _ ->
                new Children(all.config(), (Secret) now, all.admin(), all.deployment(), all.service(), all.budget());
            case Deployment _ ->
                new Children(all.config(), all.secrets(), all.admin(), (Deployment) now, all.service(), all.budget());
            case Service _ ->
                new Children(all.config(), all.secrets(), all.admin(), all.deployment(), (Service) now, all.budget());
            case PodDisruptionBudget _ -> withBudget(all, (PodDisruptionBudget) now);
            default -> throw new IllegalStateException("no place for a " + child.getKind());
        };
    }

    private static Children withBudget(Children all, @Nullable PodDisruptionBudget budget) {
        return new Children(all.config(), all.secrets(), all.admin(), all.deployment(), all.service(), budget);
    }
}
