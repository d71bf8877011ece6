package io.pgdoorman.e2e.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/// The operator's table of changes; its head says how it is read.
final class ChangeRows {

    private static final JsonNode FILE = file();
    private static final List<String> KEYS = List.of("containerPort", "mountPath", "name");

    private ChangeRows() {}

    /// A change of a pool that runs.
    ///
    /// @param name of the pool
    /// @param before the spec that runs
    /// @param effect none, scale, hot or roll
    record Row(String name, JsonNode before, JsonNode after, int claims, String effect, String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    static List<Row> all() {
        var rows = FILE.path("rows");
        return IntStream.range(0, rows.size())
                .mapToObj(number -> row("row-" + number, rows.get(number)))
                .toList();
    }

    /// Tells the Secrets that rows name, with their keys.
    static void secrets(BiConsumer<String, List<String>> told) {
        FILE.path("secrets")
                .properties()
                .forEach(secret -> told.accept(
                        secret.getKey(),
                        secret.getValue().valueStream().map(JsonNode::asText).toList()));
    }

    private static JsonNode file() {
        try {
            return new YAMLMapper()
                    .readTree(ControlPlane.ROOT
                            .resolve("operator/src/test/resources/changes.yaml")
                            .toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What reaches pods waits for approval, so that it is predicted first; but where the row is about just that.
    private static Row row(String name, JsonNode row) {
        var before = (ObjectNode) FILE.path("pool").deepCopy();
        if (row.at("/set/reload/policy").isMissingNode()) {
            before.putObject("reload").put("policy", "Manual");
        }
        lay(row.path("from"), before);
        var after = before.deepCopy();
        lay(row.path("set"), after);
        return new Row(
                name,
                before,
                after,
                row.path("claims").asInt(),
                row.path("effect").asText(),
                row.path("from") + " -> " + row.path("set"));
    }

    private static void lay(JsonNode patch, ObjectNode over) {
        for (var field : patch.properties()) {
            if (field.getValue().isNull()) {
                over.remove(field.getKey());
            } else {
                over.set(field.getKey(), laid(field.getValue(), over.path(field.getKey())));
            }
        }
    }

    private static JsonNode laid(JsonNode patch, JsonNode over) {
        if (patch.isObject() && over instanceof ObjectNode object) {
            lay(patch, object);
            return object;
        }
        var key = key(patch);
        if (key.isEmpty() || !over.isArray()) {
            return patch.deepCopy();
        }
        var list = JsonNodeFactory.instance.arrayNode();
        over.forEach(item -> list.add(same(patch, item, key)
                .<JsonNode>map(change -> laid(change, item))
                .orElse(item)));
        patch.valueStream().filter(item -> same(over, item, key).isEmpty()).forEach(list::add);
        return list;
    }

    private static Optional<JsonNode> same(JsonNode list, JsonNode item, String key) {
        return list.valueStream()
                .filter(one -> one.path(key).equals(item.path(key)))
                .findFirst();
    }

    /// By which field items of a list are known; empty if by none.
    private static String key(JsonNode list) {
        var first = list.path(0);
        return KEYS.stream().filter(first::has).findFirst().orElse("");
    }
}
