package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One difference of two specs, and what it does to running pods.
///
/// @param path as in `spec.databases[shop].poolSize`
/// @param before empty if it was not there
/// @param after empty if it is not there any more
public record SpecChange(String path, ChangeClass effect, String before, String after) {

    private static final KubernetesSerialization JSON = new KubernetesSerialization();
    private static final int LONGEST_VALUE = 60;

    /// All differences, in the order of the fields.
    public static List<SpecChange> between(DoormanPoolSpec before, DoormanPoolSpec after) {
        var changes = new ArrayList<SpecChange>();
        record(
                DoormanPoolSpec.class,
                new Pair(tree(before), tree(after)),
                new Where("spec", ChangeClass.DESIRED),
                changes);
        var isInPlace = changes.stream().anyMatch(SpecChange::isOfSize) && Sized.isInPlace(before, after);
        return changes.stream()
                .map(change -> change.isOfSize() ? change.with(isInPlace) : change)
                .toList();
    }

    /// Whether values decide what it does to pods.
    private boolean isOfSize() {
        return path.equals("spec.resources") || path.startsWith("spec.podTemplate");
    }

    private SpecChange with(boolean isInPlace) {
        return new SpecChange(path, isInPlace ? ChangeClass.RESIZE : ChangeClass.ROLL, before, after);
    }

    /// The greatest effort among changes; nothing changed is as good as what no pod notices.
    public static ChangeClass effect(List<SpecChange> changes) {
        return changes.stream()
                .map(SpecChange::effect)
                .max(Comparator.naturalOrder())
                .orElse(ChangeClass.DESIRED);
    }

    /// A spec as it is compared and stored.
    public static JsonNode tree(DoormanPoolSpec spec) {
        return Objects.requireNonNull(JSON.convertValue(spec, JsonNode.class));
    }

    private record Pair(JsonNode before, JsonNode after) {
        Pair at(String field) {
            return new Pair(before.path(field), after.path(field));
        }

        boolean isSame() {
            return isNothing(before) ? isNothing(after) : before.equals(after);
        }

        boolean hasBoth() {
            return !isNothing(before) && !isNothing(after);
        }
    }

    private record Where(String path, ChangeClass effect) {}

    private static boolean isNothing(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static void record(Class<?> type, Pair pair, Where where, List<SpecChange> changes) {
        for (var component : type.getRecordComponents()) {
            var own = component.getAnnotation(Change.class);
            var inner = new Where(where.path() + "." + component.getName(), own == null ? where.effect() : own.value());
            value(component, pair.at(component.getName()), inner, changes);
        }
    }

    private static void value(RecordComponent component, Pair pair, Where where, List<SpecChange> changes) {
        if (pair.isSame()) {
            return;
        }
        var key = component.getAnnotation(ListMap.class);
        var item = item(component);
        if (component.getType().isRecord() && pair.hasBoth()) {
            record(component.getType(), pair, where, changes);
        } else if (key != null && item != null) {
            items(item, key.value(), pair, where, changes);
        } else {
            changes.add(new SpecChange(where.path(), where.effect(), text(pair.before()), text(pair.after())));
        }
    }

    private static void items(Class<?> item, String key, Pair pair, Where where, List<SpecChange> changes) {
        Map<String, Pair> pairs = new LinkedHashMap<>();
        byKey(pair.before(), key).forEach((name, node) -> pairs.put(name, new Pair(node, MissingNode.getInstance())));
        byKey(pair.after(), key)
                .forEach((name, node) -> pairs.merge(
                        name,
                        new Pair(MissingNode.getInstance(), node),
                        (known, added) -> new Pair(known.before(), added.after())));
        pairs.forEach((name, one) -> {
            var inner = new Where(where.path() + "[" + name + "]", where.effect());
            if (one.hasBoth()) {
                record(item, one, inner, changes);
            } else {
                changes.add(new SpecChange(inner.path(), inner.effect(), text(one.before()), text(one.after())));
            }
        });
    }

    private static Map<String, JsonNode> byKey(JsonNode list, String key) {
        var items = new TreeMap<String, JsonNode>();
        list.forEach(item -> items.put(item.path(key).asText(), item));
        return items;
    }

    private static @Nullable Class<?> item(RecordComponent component) {
        return component.getGenericType() instanceof ParameterizedType list
                        && list.getActualTypeArguments()[0] instanceof Class<?> item
                        && item.isRecord()
                ? item
                : null;
    }

    private static String text(JsonNode node) {
        if (isNothing(node)) {
            return "";
        }
        var text = node.isTextual() ? node.asText() : node.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }

    @Override
    public String toString() {
        var what =
                before.isEmpty() ? "added " + after : after.isEmpty() ? "removed " + before : before + " -> " + after;
        return path + ": " + what + " (" + effect.word() + ")";
    }
}
