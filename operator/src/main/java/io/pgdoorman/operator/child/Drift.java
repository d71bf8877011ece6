package io.pgdoorman.operator.child;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Whether a live object still is as it was meant: what was applied is all in it, whatever the server added.
///
/// Comparing before writing is what makes a pass over an unchanged pool write nothing.
public final class Drift {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    /// Lists that server-side apply merges by a key: it never takes away what others added, so that is no drift.
    private static final Set<String> KEYED = Set.of(
            "containers",
            "initContainers",
            "env",
            "volumes",
            "volumeMounts",
            "ports",
            "imagePullSecrets",
            "hostAliases",
            "topologySpreadConstraints",
            "ownerReferences");

    /// Objects that server-side apply replaces as a whole.
    private static final Set<String> WHOLE = Set.of("selector", "matchLabels", "nodeSelector", "labelSelector");

    /// Fields that the server keeps only when they say more than no or 0.
    private static final Set<String> LEFT_OUT = Set.of(
            "hostNetwork",
            "hostPID",
            "hostIPC",
            "stdin",
            "stdinOnce",
            "tty",
            "readOnly",
            "initialDelaySeconds",
            "hostPort");

    private Drift() {}

    /// Notes on an object what is applied with it; a field that is left out later changes the note.
    ///
    /// Marking twice is marking once.
    public static <T extends HasMetadata> T marked(T wanted) {
        ObjectMeta meta = wanted.getMetadata();
        var annotations = new TreeMap<String, String>();
        if (meta.getAnnotations() != null) {
            annotations.putAll(meta.getAnnotations());
        }
        annotations.put(Names.APPLIED_HASH, hash(wanted));
        meta.setAnnotations(annotations);
        return wanted;
    }

    /// Whether a marked object must be applied.
    public static boolean isNeeded(@Nullable HasMetadata live, HasMetadata marked) {
        return live == null || !contains(JSON.valueToTree(live), JSON.valueToTree(marked), "");
    }

    private static boolean contains(JsonNode live, JsonNode wanted, String path) {
        if (wanted.isObject()) {
            for (var field : wanted.properties()) {
                if (!contains(live.path(field.getKey()), field.getValue(), path + "/" + field.getKey())) {
                    return false;
                }
            }
            return isWhole(path) ? live.size() == wanted.size() : live.isObject() || wanted.isEmpty();
        }
        if (wanted.isArray()) {
            var isKeyed = KEYED.contains(last(path)) && !isWhole(path);
            return isKeyed ? hasItems(live, wanted, path) : isList(live, wanted, path);
        }
        return live.equals(wanted)
                || live.asText().equals(wanted.asText())
                || (live.isMissingNode() && isLeftOut(wanted, path))
                || isSameQuantity(live, wanted, path);
    }

    /// What others add to such an object is in ours: it selects or lets in others than we mean.
    private static boolean isWhole(String path) {
        return WHOLE.contains(last(path)) || path.startsWith("/spec/ingress");
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static boolean hasItems(JsonNode live, JsonNode wanted, String path) {
        for (var item : wanted) {
            if (StreamSupport.stream(live.spliterator(), false).noneMatch(one -> contains(one, item, path))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isList(JsonNode live, JsonNode wanted, String path) {
        if (live.size() != wanted.size()) {
            return false;
        }
        for (var i = 0; i < wanted.size(); i++) {
            if (!contains(live.get(i), wanted.get(i), path)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLeftOut(JsonNode wanted, String path) {
        return LEFT_OUT.contains(last(path)) && (wanted.isBoolean() ? !wanted.asBoolean() : wanted.asInt() == 0);
    }

    /// The server writes `1000m` as `1`.
    private static boolean isSameQuantity(JsonNode live, JsonNode wanted, String path) {
        if (!path.contains("/resources/") && !path.endsWith("/sizeLimit") && !path.endsWith("/divisor")) {
            return false;
        }
        try {
            return new Quantity(live.asText()).equals(new Quantity(wanted.asText()))
                    || Quantity.getAmountInBytes(Quantity.parse(live.asText()))
                                    .compareTo(Quantity.getAmountInBytes(Quantity.parse(wanted.asText())))
                            == 0;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// Names a part of an object.
    static String hash(Object part) {
        return digest(JSON.valueToTree(part));
    }

    private static String hash(HasMetadata wanted) {
        JsonNode tree = JSON.valueToTree(wanted);
        if (tree.get("metadata") instanceof ObjectNode meta
                && meta.get("annotations") instanceof ObjectNode annotations) {
            annotations.remove(Names.APPLIED_HASH);
            if (annotations.isEmpty()) {
                meta.remove("annotations");
            }
        }
        if (wanted instanceof Secret && tree.get("data") instanceof ObjectNode data) {
            // Names only: a hash of values in metadata would let everybody guess who may not read the Secret.
            data.fieldNames().forEachRemaining(name -> data.put(name, ""));
        }
        return digest(tree);
    }

    private static String digest(JsonNode tree) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(JSON.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("models of Kubernetes can be written", e);
        }
    }
}
