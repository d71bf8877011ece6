package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Caches that keep of an object what somebody looks at. Who owns which field takes more memory than all the rest of an
/// object, and only the API server asks for it; of a pod's spec only the sizes of its containers are read here.
public final class Trimmed {

    private Trimmed() {}

    /// A cache of one kind of objects.
    public static <T extends HasMetadata> ItemStore<T> store() {
        return new TransformingItemStore<>(Trimmed::trimmed);
    }

    private static <T extends HasMetadata> T trimmed(T object) {
        object.getMetadata().setManagedFields(List.of());
        if (object instanceof Pod pod) {
            pod.setSpec(sizes(pod.getSpec()));
        }
        return object;
    }

    private static @Nullable PodSpec sizes(@Nullable PodSpec spec) {
        return spec == null
                ? null
                : new PodSpecBuilder()
                        .withContainers(spec.getContainers().stream()
                                .map(container -> new ContainerBuilder()
                                        .withName(container.getName())
                                        .withResources(container.getResources())
                                        .build())
                                .toList())
                        .build();
    }
}
