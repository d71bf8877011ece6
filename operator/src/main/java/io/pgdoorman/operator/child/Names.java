package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.render.Place;
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

    /// On a pod: how many connections to servers it was allowed by order, written before it was told when that is more
    /// than before, so that it is known of pods that do not answer.
    public static final String ALLOWED = "pgdoorman.io/allowed-connections";

    /// On a pod's template: hash of the values that only a new process can take.
    public static final String BOOT_HASH = "pgdoorman.io/boot-hash";

    /// On each object: hash of what was applied, so that fields left out later are noticed.
    public static final String APPLIED_HASH = "pgdoorman.io/applied-hash";

    /// On the Deployment: hash of the pods' template alone.
    public static final String TEMPLATE_HASH = "pgdoorman.io/template-hash";

    /// On a pod: names its template, as the Deployment's controller does.
    public static final String TEMPLATE_LABEL = "pod-template-hash";

    /// On the Deployment: what its template was made for; absent when another template stands in for that.
    static final String ASKED = "pgdoorman.io/template-asked";

    /// Field manager of server-side apply for the objects.
    public static final String FIELD_MANAGER = "pgdoorman-operator";

    /// On what lies beside a claim: the namespace of the pool.
    public static final String POOL_NAMESPACE_LABEL = "pgdoorman.io/pool-namespace";

    /// On what lies beside a claim: the claim's uid.
    public static final String CLAIM_LABEL = "pgdoorman.io/claim-uid";

    private Names() {}

    /// The Service that leads to each pod.
    public static String peers(DoormanPool pool) {
        return name(pool) + Place.PEERS;
    }

    public static String config(DoormanPool pool) {
        return name(pool) + "-config";
    }

    public static String secrets(DoormanPool pool) {
        return name(pool) + "-secrets";
    }

    public static String admin(DoormanPool pool) {
        return name(pool) + "-admin";
    }

    public static String access(DoormanPool pool) {
        return name(pool) + "-access";
    }

    /// The Certificate that an issuer signs, and its Secret.
    public static String issued(DoormanPool pool) {
        return name(pool) + "-tls";
    }

    /// The object that a reference of a spec means.
    public static String meant(DoormanPool pool, String reference) {
        return reference.equals(SecretRef.ISSUED) ? issued(pool) : reference;
    }

    /// The Service for those who only read.
    public static String readOnly(DoormanPool pool) {
        return name(pool) + "-ro";
    }

    /// Name of the Service, as pods of any namespace find it.
    public static String host(DoormanPool pool) {
        return main(pool) + "." + pool.getMetadata().getNamespace() + ".svc";
    }

    /// Deployment, Service, PodDisruptionBudget and NetworkPolicy.
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

    /// The Secret of a claim: it goes with the claim.
    static ObjectMeta beside(DoormanDatabaseAccess claim, DoormanPool pool) {
        return new ObjectMetaBuilder()
                .withName(claim.secretName())
                .withNamespace(claim.getMetadata().getNamespace())
                .withLabels(Map.of(
                        POOL_LABEL,
                        name(pool),
                        POOL_NAMESPACE_LABEL,
                        pool.getMetadata().getNamespace(),
                        CLAIM_LABEL,
                        claim.getMetadata().getUid(),
                        MANAGED_BY_LABEL,
                        MANAGER))
                .withOwnerReferences(owner(claim))
                .build();
    }

    private static OwnerReference owner(CustomResource<?, ?> owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(DoormanPool.GROUP + "/" + DoormanPool.VERSION)
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /// Whether an object carries our owner reference; others are never touched.
    public static boolean isOwned(HasMetadata object, HasMetadata owner) {
        return object.getMetadata().getOwnerReferences().stream()
                .anyMatch(reference ->
                        reference.getUid().equals(owner.getMetadata().getUid()));
    }

    /// The value of an annotation, null if it is absent.
    public static @Nullable String annotation(HasMetadata object, String key) {
        var annotations = object.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(key);
    }
}
