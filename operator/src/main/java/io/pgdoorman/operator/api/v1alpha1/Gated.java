package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The part of a spec that reaches pods (classes hot, resize and roll): what waits under `reload.policy: Manual`,
/// and with `rollout.paused` as far as it needs new pods.
public final class Gated {

    private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();
    private static final Set<ChangeClass> OF_PODS = Set.of(ChangeClass.HOT, ChangeClass.RESIZE, ChangeClass.ROLL);

    /// What may need new pods; only a try tells of a resize.
    private static final Set<ChangeClass> OF_TEMPLATE = Set.of(ChangeClass.RESIZE, ChangeClass.ROLL);

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Gated() {}

    /// The part as text.
    public static String text(DoormanPoolSpec spec) {
        return text(spec, OF_PODS);
    }

    private static String text(DoormanPoolSpec spec, Set<ChangeClass> wanted) {
        var part = JsonNodeFactory.instance.objectNode();
        copy(DoormanPoolSpec.class, SpecChange.tree(spec), part, new Choice(ChangeClass.DESIRED, wanted));
        try {
            return JSON.writeValueAsString(JSON.treeToValue(part, Object.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can be written", e);
        }
    }

    /// Names what of a spec the pods' template is made of.
    public static String podsHash(DoormanPoolSpec spec) {
        return digest(text(spec, OF_TEMPLATE));
    }

    /// The same, whatever the size of the pooler's container.
    public static String podsHashWithoutSize(DoormanPoolSpec spec) {
        return digest(text(spec, Set.of(ChangeClass.ROLL)));
    }

    /// Names the part; the same for the API server's object and for a manifest with its defaults filled in.
    public static String hash(DoormanPoolSpec spec) {
        return digest(text(spec));
    }

    private static String digest(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// A spec with the part of another time; empty if that cannot be read any more.
    public static Optional<DoormanPoolSpec> with(DoormanPoolSpec spec, @Nullable String part) {
        return with(spec, part, EnumSet.complementOf(EnumSet.copyOf(OF_PODS)));
    }

    /// A spec whose pods stay what they were at another time: only what needs new pods, or may, is of that time.
    public static Optional<DoormanPoolSpec> withPods(DoormanPoolSpec spec, @Nullable String part) {
        return with(spec, part, EnumSet.complementOf(EnumSet.copyOf(OF_TEMPLATE)));
    }

    private static Optional<DoormanPoolSpec> with(
            DoormanPoolSpec spec, @Nullable String part, Set<ChangeClass> ofSpec) {
        if (part == null) {
            return Optional.empty();
        }
        try {
            if (!(JSON.readTree(part) instanceof ObjectNode tree)) {
                return Optional.empty();
            }
            copy(DoormanPoolSpec.class, SpecChange.tree(spec), tree, new Choice(ChangeClass.DESIRED, ofSpec));
            return Schema.spec().complete(tree).isEmpty()
                    ? Optional.ofNullable(KUBERNETES.convertValue(tree, DoormanPoolSpec.class))
                    : Optional.empty();
        } catch (JsonProcessingException _) {
            return Optional.empty(); // Somebody edited it: as good as none.
        }
    }

    /// Which fields are copied: those of some classes.
    private record Choice(ChangeClass effect, Set<ChangeClass> wanted) {
        boolean wants() {
            return wanted.contains(effect);
        }
    }

    private static void copy(Class<?> type, JsonNode from, ObjectNode to, Choice choice) {
        for (var component : type.getRecordComponents()) {
            var own = component.getAnnotation(Change.class);
            var inner = own == null ? choice : new Choice(own.value(), choice.wanted());
            var value = from.get(component.getName());
            if (component.getType().isRecord() && value instanceof ObjectNode object) {
                var known = to.get(component.getName());
                var part = known instanceof ObjectNode there ? there : JsonNodeFactory.instance.objectNode();
                copy(component.getType(), object, part, inner);
                if (!part.isEmpty()) {
                    to.set(component.getName(), part);
                }
            } else if (inner.wants()) {
                if (value == null || value.isNull()) {
                    to.remove(component.getName());
                } else {
                    to.set(component.getName(), value);
                }
            }
        }
    }
}
