package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.List;

/// Caches that keep of an object what somebody looks at. Who owns which field takes more memory than all the rest of an
/// object, and only the API server asks for it; of pods nobody here reads the spec.
public final class Trimmed {

    private Trimmed() {}

    /// A cache of one kind of objects.
    public static <T extends HasMetadata> ItemStore<T> store() {
        return new TransformingItemStore<>(Trimmed::trimmed);
    }

    private static <T extends HasMetadata> T trimmed(T object) {
        object.getMetadata().setManagedFields(List.of());
        if (object instanceof Pod pod) {
            pod.setSpec(null);
        }
        return object;
    }
}
