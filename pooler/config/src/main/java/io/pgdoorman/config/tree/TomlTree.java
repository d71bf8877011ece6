package io.pgdoorman.config.tree;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlFactory;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads TOML into located nodes; the parser gives lines for syntax errors only, [TomlLines] finds those of keys.
public final class TomlTree {

    private static final TomlMapper MAPPER = new TomlMapper(TomlFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(YamlTree.MAX_DEPTH)
                    .maxStringLength(Limits.MAX_FILE_BYTES)
                    .build())
            .build());

    private final Map<String, Integer> lines;

    private TomlTree(Map<String, Integer> lines) {
        this.lines = lines;
    }

    /// The root map, or empty after the problem was noted.
    public static Node.@Nullable Fields read(String text, String file, Problems problems) {
        var root = new Place(file, "", null);
        try {
            var tree = new TomlTree(TomlLines.of(text));
            return tree.node(MAPPER.readTree(text), root) instanceof Node.Fields fields
                    ? fields
                    : new Node.Fields(root, Map.of());
        } catch (JsonProcessingException e) {
            var location = e.getLocation();
            var line = location == null || location.getLineNr() < 1 ? null : (Integer) location.getLineNr();
            problems.refuse(
                    new Place(file, "", line), "not readable as TOML: " + Limits.firstLine(e.getOriginalMessage()));
        } catch (RuntimeException e) {
            // broken numbers and dates leave the parser as unchecked exceptions
            problems.refuse(root, "not readable as TOML: " + Limits.firstLine(String.valueOf(e.getMessage())));
        }
        return null;
    }

    private Node node(JsonNode json, Place place) {
        return switch (json.getNodeType()) {
            case OBJECT, POJO -> fields(json, place);
            case ARRAY -> items(json, place);
            case NUMBER ->
                new Node.Scalar(place, json.isIntegralNumber() ? Node.Kind.INTEGER : Node.Kind.DECIMAL, json.asText());
            case BOOLEAN -> new Node.Scalar(place, Node.Kind.BOOLEAN, json.asText());
            case NULL, MISSING -> new Node.Scalar(place, Node.Kind.NULL, "");
            case STRING, BINARY -> new Node.Scalar(place, Node.Kind.TEXT, json.asText());
        };
    }

    private Node items(JsonNode json, Place place) {
        var items = new ArrayList<Node>();
        for (var item : json) {
            var at = place.item(items.size(), null);
            items.add(node(item, new Place(at.file(), at.path(), lines.getOrDefault(at.path(), place.line()))));
        }
        return new Node.Items(place, items);
    }

    private Node fields(JsonNode json, Place place) {
        var fields = new LinkedHashMap<String, Node>();
        json.properties().forEach(entry -> {
            var at = place.child(entry.getKey(), null);
            var line = lines.getOrDefault(at.path(), place.line());
            fields.put(entry.getKey(), node(entry.getValue(), new Place(at.file(), at.path(), line)));
        });
        return new Node.Fields(place, fields);
    }
}
