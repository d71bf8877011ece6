package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Names, labels and annotations of all that belongs to a pool.
public final class Names {

    /// Names the pool on each of its objects; selects its pods.
    public static final String POOL_LABEL = "pgdoorman.io/pool";

    /// Says who made an object; informers select by it.
    public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";

    /// Value of [#MANAGED_BY_LABEL].
    public static final String MANAGER = "pgdoorman-operator";

    /// On a pod: the configuration it was last told to load. The patch makes the kubelet refresh the volume at once.
    public static final String CONFIG_HASH = "pgdoorman.io/config-hash";

    /// On a pod's template: hash of the values that only a new process can take.
    public static final String BOOT_HASH = "pgdoorman.io/boot-hash";

    /// On each object: hash of what was applied, so that fields left out later are noticed.
    public static final String APPLIED_HASH = "pgdoorman.io/applied-hash";

    /// Field manager of server-side apply for the objects.
    public static final String FIELD_MANAGER = "pgdoorman-operator";

    private Names() {}

    public static String config(DoormanPool pool) {
        return name(pool) + "-config";
    }

    public static String secrets(DoormanPool pool) {
        return name(pool) + "-secrets";
    }

    public static String admin(DoormanPool pool) {
        return name(pool) + "-admin";
    }

    /// Deployment, Service and PodDisruptionBudget.
    public static String main(DoormanPool pool) {
        return name(pool);
    }

    private static String name(DoormanPool pool) {
        return pool.getMetadata().getName();
    }

    /// Selects the pods of a pool; never changes, since the selector of a Deployment cannot.
    public static Map<String, String> selector(DoormanPool pool) {
        return Map.of(POOL_LABEL, name(pool));
    }

    static Map<String, String> labels(DoormanPool pool) {
        return Map.of(
                POOL_LABEL,
                name(pool),
                MANAGED_BY_LABEL,
                MANAGER,
                "app.kubernetes.io/name",
                "pgdoorman-pooler",
                "app.kubernetes.io/instance",
                name(pool));
    }

    static ObjectMeta meta(DoormanPool pool, String name, Map<String, String> annotations) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(pool.getMetadata().getNamespace())
                .withLabels(labels(pool))
                .withAnnotations(annotations.isEmpty() ? null : annotations)
                .withOwnerReferences(owner(pool))
                .build();
    }

    private static OwnerReference owner(DoormanPool pool) {
        return new OwnerReferenceBuilder()
                .withApiVersion(DoormanPool.GROUP + "/" + DoormanPool.VERSION)
                .withKind("DoormanPool")
                .withName(name(pool))
                .withUid(pool.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /// Whether an object carries our owner reference; others are never touched.
    public static boolean isOwned(HasMetadata object, DoormanPool pool) {
        return object.getMetadata().getOwnerReferences().stream()
                .anyMatch(reference ->
                        reference.getUid().equals(pool.getMetadata().getUid()));
    }

    /// The value of an annotation, null if it is absent.
    public static @Nullable String annotation(HasMetadata object, String key) {
        var annotations = object.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
