package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.observe.Observation.Children;
import io.pgdoorman.operator.observe.Sight;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The objects that we made, as watches keep them: one watch per kind for all pools, of what carries our label only, so
/// that neither a look costs a request nor objects of others cost memory.
///
/// What is not ours but has the name of one of our objects is not seen here.
final class Caches implements Sight {

    private final InformerEventSource<ConfigMap, DoormanPool> configs;
    private final InformerEventSource<Secret, DoormanPool> secrets;
    private final InformerEventSource<Deployment, DoormanPool> deployments;
    private final InformerEventSource<Service, DoormanPool> services;
    private final InformerEventSource<PodDisruptionBudget, DoormanPool> budgets;
    private final InformerEventSource<NetworkPolicy, DoormanPool> policies;
    private final InformerEventSource<Pod, DoormanPool> pods;

    Caches(EventSourceContext<DoormanPool> context) {
        configs = informer(ConfigMap.class, context);
        secrets = informer(Secret.class, context);
        deployments = informer(Deployment.class, context);
        services = informer(Service.class, context);
        budgets = informer(PodDisruptionBudget.class, context);
        policies = informer(NetworkPolicy.class, context);
        pods = informer(Pod.class, context);
    }

    private static <T extends HasMetadata> InformerEventSource<T, DoormanPool> informer(
            Class<T> kind, EventSourceContext<DoormanPool> context) {
        var configuration = InformerEventSourceConfiguration.from(kind, DoormanPool.class)
                .withName(kind.getSimpleName())
                .withLabelSelector(Names.MANAGED_BY_LABEL + "=" + Names.MANAGER)
                .withSecondaryToPrimaryMapper(Caches::poolOf)
                .withItemStore(Trimmed.store())
                .withNamespacesInheritedFromController()
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    /// Labels are what whoever made the object says. Beside the pool lie all of its objects but the Secrets of claims:
    /// a pod of another namespace that names the pool would be asked with its administrator's password.
    static Set<ResourceID> poolOf(HasMetadata object) {
        var labels = labels(object);
        var pool = labels.get(Names.POOL_LABEL);
        if (pool == null) {
            return Set.of();
        }
        var own = object.getMetadata().getNamespace();
        var namespace = object instanceof Secret ? labels.getOrDefault(Names.POOL_NAMESPACE_LABEL, own) : own;
        return Set.of(new ResourceID(pool, namespace));
    }

    private static Map<String, String> labels(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getLabels(), Map.of());
    }

    /// What wakes a pool when it changes.
    Stream<EventSource<?, DoormanPool>> sources() {
        return Stream.of(configs, secrets, deployments, services, budgets, policies, pods);
    }

    @Override
    public @Nullable ConfigMap config(DoormanPool pool) {
        return find(configs, pool, Names.config(pool));
    }

    @Override
    public Children children(DoormanPool pool) {
        return new Children(
                config(pool),
                find(secrets, pool, Names.secrets(pool)),
                find(secrets, pool, Names.admin(pool)),
                find(secrets, pool, Names.access(pool)),
                find(deployments, pool, Names.main(pool)),
                find(services, pool, Names.main(pool)),
                find(services, pool, Names.readOnly(pool)),
                find(services, pool, Names.peers(pool)),
                find(budgets, pool, Names.main(pool)),
                find(policies, pool, Names.main(pool)),
                null,
                null,
                Set.of());
    }

    private static <T extends HasMetadata> @Nullable T find(
            InformerEventSource<T, DoormanPool> kind, DoormanPool pool, String name) {
        return kind.get(new ResourceID(name, pool.getMetadata().getNamespace())).orElse(null);
    }

    @Override
    public List<Pod> pods(DoormanPool pool) {
        var selector = Names.selector(pool).entrySet();
        return pods.getSecondaryResources(pool).stream()
                .filter(pod -> labels(pod).entrySet().containsAll(selector))
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
                .toList();
    }

    @Override
    public List<Secret> outputs(DoormanDatabaseAccess claim) {
        var uid = claim.getMetadata().getUid();
        return secrets.list(
                        claim.getMetadata().getNamespace(),
                        secret -> uid.equals(labels(secret).get(Names.CLAIM_LABEL)))
                .toList();
    }
}
