package io.pgdoorman.operator.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `changes.yaml`: what a change of each field does to pods. Its head says how it is read.
final class ChangeRows {

    private static final JsonNode FILE = file();
    private static final List<String> KEYS = List.of("containerPort", "mountPath", "name");

    private ChangeRows() {}

    /// A change of a live pool.
    ///
    /// @param before fields of the spec that runs, each as a line of a manifest
    /// @param after the same of the changed one
    record Row(String name, List<String> before, List<String> after, int claims, ChangeClass effect) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Row> all() {
        return FILE.path("rows").valueStream().map(ChangeRows::row);
    }

    /// Keys of the Secrets that rows name.
    static Map<String, List<String>> secrets() {
        return FILE.path("secrets")
                .propertyStream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        secret -> secret.getValue()
                                .valueStream()
                                .map(JsonNode::asText)
                                .toList()));
    }

    private static JsonNode file() {
        try {
            return new YAMLMapper()
                    .readTree(Path.of("src/test/resources/changes.yaml").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Row row(JsonNode row) {
        var before = FILE.path("pool").deepCopy();
        lay(row.path("from"), (ObjectNode) before);
        var after = before.deepCopy();
        lay(row.path("set"), (ObjectNode) after);
        var effect = Arrays.stream(ChangeClass.values())
                .filter(one -> one.word().equals(row.path("effect").asText()))
                .findFirst()
                .orElseThrow();
        return new Row(
                row.path("from") + " -> " + row.path("set"),
                lines(before),
                lines(after),
                row.path("claims").asInt(),
                effect);
    }

    private static List<String> lines(JsonNode spec) {
        return spec.propertyStream()
                .map(field -> field.getKey() + ": " + field.getValue())
                .toList();
    }

    private static void lay(JsonNode patch, ObjectNode over) {
        for (var field : patch.properties()) {
            var known = over.path(field.getKey());
            if (field.getValue().isNull()) {
                over.remove(field.getKey());
            } else {
                over.set(field.getKey(), laid(field.getValue(), known));
            }
        }
    }

    private static JsonNode laid(JsonNode patch, JsonNode over) {
        if (patch.isObject() && over instanceof ObjectNode object) {
            lay(patch, object);
            return object;
        }
        if (!patch.isArray() || !over.isArray() || key(patch).isEmpty()) {
            return patch.deepCopy();
        }
        var key = key(patch);
        var items = over.valueStream().collect(Collectors.toMap(item -> item.path(key), item -> item));
        var list = JsonNodeFactory.instance.arrayNode();
        over.forEach(item -> list.add(patch.valueStream()
                .filter(one -> one.path(key).equals(item.path(key)))
                .findFirst()
                .map(one -> laid(one, item))
                .orElse(item)));
        patch.valueStream().filter(one -> !items.containsKey(one.path(key))).forEach(list::add);
        return list;
    }

    /// By which field items of a list are known; empty if by none.
    private static String key(JsonNode list) {
        var first = list.path(0);
        return KEYS.stream().filter(first::has).findFirst().orElse("");
    }
}
