package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The API server itself. What is written is planned from here: from an old look it would be written twice, and
/// a second random password over the first.
///
/// @param made Secrets that the operator made for claims, as its cache has them
public record ApiServer(KubernetesClient client, Made made) implements Sight {

    /// Finds what was made for a claim, by the claim's label; a list at the API server for each claim would cost more
    /// than it tells.
    public interface Made {
        /// Secrets with the claim's label.
        List<Secret> of(DoormanDatabaseAccess claim);
    }

    @Override
    public @Nullable ConfigMap config(DoormanPool pool) {
        return find(client.configMaps().inNamespace(pool.getMetadata().getNamespace()), Names.config(pool));
    }

    @Override
    public Children children(DoormanPool pool) {
        var namespace = pool.getMetadata().getNamespace();
        var secrets = client.secrets().inNamespace(namespace);
        return new Children(
                config(pool),
                find(secrets, Names.secrets(pool)),
                find(secrets, Names.admin(pool)),
                find(secrets, Names.access(pool)),
                find(client.apps().deployments().inNamespace(namespace), Names.main(pool)),
                find(client.services().inNamespace(namespace), Names.main(pool)),
                find(client.services().inNamespace(namespace), Names.readOnly(pool)),
                find(client.services().inNamespace(namespace), Names.peers(pool)),
                find(client.policy().v1().podDisruptionBudget().inNamespace(namespace), Names.main(pool)),
                find(client.network().v1().networkPolicies().inNamespace(namespace), Names.main(pool)),
                null,
                null,
                Set.of());
    }

    private static <T extends HasMetadata, L, R extends Resource<T>> @Nullable T find(
            NonNamespaceOperation<T, L, R> kind, String name) {
        return kind.withName(name).get();
    }

    @Override
    public List<Pod> pods(DoormanPool pool) {
        return client.pods()
                .inNamespace(pool.getMetadata().getNamespace())
                .withLabels(Names.selector(pool))
                .list()
                .getItems();
    }

    /// Whether something else is in the way only the API server knows.
    @Override
    public List<Secret> outputs(DoormanDatabaseAccess claim) {
        var all = new ArrayList<>(made.of(claim));
        if (all.stream().noneMatch(secret -> secret.getMetadata().getName().equals(claim.secretName()))) {
            var there = client.secrets()
                    .inNamespace(claim.getMetadata().getNamespace())
                    .withName(claim.secretName())
                    .get();
            if (there != null) {
                all.add(there);
            }
        }
        return List.copyOf(all);
    }
}
