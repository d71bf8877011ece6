package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Lays `podTemplate` over what the operator made, by the rules of strategic merge: fields are merged, null removes,
/// lists that have a key are merged by it, other lists are replaced.
public final class Overlay {

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    /// Of the lists in a pod's spec, with the keys that Kubernetes' own models carry.
    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("containers", "name"),
            Map.entry("initContainers", "name"),
            Map.entry("env", "name"),
            Map.entry("volumes", "name"),
            Map.entry("volumeMounts", "mountPath"),
            Map.entry("volumeDevices", "devicePath"),
            Map.entry("ports", "containerPort"),
            Map.entry("imagePullSecrets", "name"),
            Map.entry("hostAliases", "ip"),
            Map.entry("resourceClaims", "name"),
            Map.entry("topologySpreadConstraints", "topologyKey"));

    private Overlay() {}

    /// The template with the overlay on it; the same one if there is none.
    public static PodTemplateSpec on(PodTemplateSpec template, @Nullable PodTemplateOverlay overlay) {
        if (overlay == null) {
            return template;
        }
        var tree = Objects.requireNonNull(JSON.convertValue(template, ObjectNode.class));
        merge(tree, Objects.requireNonNull(JSON.convertValue(overlay, ObjectNode.class)));
        return Objects.requireNonNull(JSON.convertValue(tree, PodTemplateSpec.class));
    }

    private static void merge(ObjectNode into, ObjectNode patch) {
        for (var field : patch.properties()) {
            var name = field.getKey();
            var value = field.getValue();
            var there = into.get(name);
            var key = KEYS.get(name);
            if (value.isNull()) {
                into.remove(name);
            } else if (value instanceof ObjectNode object && there instanceof ObjectNode known) {
                merge(known, object);
            } else if (value instanceof ArrayNode items && there instanceof ArrayNode known && key != null) {
                items.forEach(item -> mergeItem(known, item, key));
            } else {
                into.set(name, value);
            }
        }
    }

    private static void mergeItem(ArrayNode list, JsonNode item, String key) {
        for (var known : list) {
            if (known instanceof ObjectNode object
                    && item instanceof ObjectNode patch
                    && item.has(key)
                    && known.path(key).equals(item.path(key))) {
                merge(object, patch);
                return;
            }
        }
        list.add(item);
    }
}
