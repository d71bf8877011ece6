package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/// The committed CRD read as a schema: does to a manifest what the API server would do, defaults and refusals.
///
/// So the schema stays the only place of defaults and bounds, also where no API server is. CEL rules are not
/// evaluated here; [SpecRules] says the same in Java.
final class Schema {

    static final String RESOURCE = "/crds/doormanpools.pgdoorman.io.yaml";

    private static final Schema SPEC = new Schema(load().at("/spec/versions/0/schema/openAPIV3Schema/properties/spec"));

    private final JsonNode root;

    private Schema(JsonNode root) {
        this.root = root;
    }

    static Schema spec() {
        return SPEC;
    }

    private static JsonNode load() {
        try (var in = Schema.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("no " + RESOURCE + " on the class path");
            }
            return new YAMLMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Fills in defaults and checks; all problems at once.
    List<Problem> complete(ObjectNode spec) {
        fill(root, spec);
        var problems = new ArrayList<Problem>();
        check(root, spec, "spec", problems);
        return List.copyOf(problems);
    }

    private static void fill(JsonNode schema, JsonNode value) {
        if (value instanceof ObjectNode object) {
            for (var property : schema.path("properties").properties()) {
                var byDefault = property.getValue().get("default");
                var present = object.get(property.getKey());
                if ((present == null || present.isNull()) && byDefault != null) {
                    object.set(property.getKey(), byDefault.deepCopy());
                }
                fill(property.getValue(), object.path(property.getKey()));
            }
        } else if (value instanceof ArrayNode array) {
            array.forEach(item -> fill(schema.path("items"), item));
        }
    }

    private static void check(JsonNode schema, JsonNode value, String path, List<Problem> problems) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            checkText(schema, value.asText(), path, problems);
            return;
        }
        if (schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
            if (!value.isObject()) {
                problems.add(new Problem(path, "expected fields, not " + value));
            }
            return;
        }
        switch (schema.path("type").asText()) {
            case "object" -> checkObject(schema, value, path, problems);
            case "array" -> checkArray(schema, value, path, problems);
            case "integer" -> checkNumber(schema, value, path, problems);
            case "string" -> {
                if (value.isTextual()) {
                    checkText(schema, value.asText(), path, problems);
                } else {
                    problems.add(new Problem(path, "expected a string, not " + value));
                }
            }
            case "boolean" -> {
                if (!value.isBoolean()) {
                    problems.add(new Problem(path, "expected true or false, not " + value));
                }
            }
            default -> problems.add(new Problem(path, "has no known type in the schema"));
        }
    }

    private static void checkObject(JsonNode schema, JsonNode value, String path, List<Problem> problems) {
        if (!value.isObject()) {
            problems.add(new Problem(path, "expected fields, not " + value));
            return;
        }
        for (var name : schema.path("required")) {
            if (!value.hasNonNull(name.asText())) {
                problems.add(new Problem(path + "." + name.asText(), "is required"));
            }
        }
        if (value.size() > schema.path("maxProperties").asInt(Integer.MAX_VALUE)) {
            problems.add(new Problem(
                    path,
                    "has " + value.size() + " fields, expected at most "
                            + schema.get("maxProperties").asInt()));
        }
        var open = schema.get("additionalProperties");
        for (var field : value.properties()) {
            var inner = path + "." + field.getKey();
            var property = schema.path("properties").get(field.getKey());
            if (property == null && open == null) {
                problems.add(new Problem(inner, "is not a field here" + nearest(schema, field.getKey())));
            } else if (!field.getValue().isNull()) {
                check(property == null ? open : property, field.getValue(), inner, problems);
            }
        }
    }

    private static String nearest(JsonNode schema, String unknown) {
        for (var property : schema.path("properties").properties()) {
            if (property.getKey().equalsIgnoreCase(unknown)
                    || property.getKey().startsWith(unknown)
                    || unknown.startsWith(property.getKey())) {
                return ", did you mean " + property.getKey() + "?";
            }
        }
        return "";
    }

    private static void checkArray(JsonNode schema, JsonNode value, String path, List<Problem> problems) {
        if (!value.isArray()) {
            problems.add(new Problem(path, "expected a list, not " + value));
            return;
        }
        var min = schema.path("minItems").asInt(0);
        var max = schema.path("maxItems").asInt(Integer.MAX_VALUE);
        if (value.size() < min || value.size() > max) {
            problems.add(new Problem(path, "has " + value.size() + " items, expected " + min + " to " + max));
        }
        var key = schema.at("/x-kubernetes-list-map-keys/0").asText();
        var seen = new HashSet<JsonNode>();
        for (var i = 0; i < value.size(); i++) {
            var item = value.get(i);
            var inner = path + "[" + (key.isEmpty() ? i : item.path(key).asText(Integer.toString(i))) + "]";
            var identity = key.isEmpty() ? item : item.path(key);
            if (!schema.path("x-kubernetes-list-type").asText("atomic").equals("atomic") && !seen.add(identity)) {
                problems.add(new Problem(inner, "stands twice in this list"));
            }
            check(schema.path("items"), item, inner, problems);
        }
    }

    private static void checkNumber(JsonNode schema, JsonNode value, String path, List<Problem> problems) {
        if (!value.isIntegralNumber()) {
            problems.add(new Problem(path, "expected a whole number, not " + value));
            return;
        }
        var min = schema.path("minimum").asLong(Integer.MIN_VALUE);
        var max = schema.path("maximum").asLong(Integer.MAX_VALUE);
        if (!value.canConvertToLong() || value.asLong() < min || value.asLong() > max) {
            problems.add(new Problem(path, value + " is out of range, expected " + min + " to " + max));
        }
    }

    private static void checkText(JsonNode schema, String value, String path, List<Problem> problems) {
        var allowed = new ArrayList<String>();
        schema.path("enum").forEach(word -> allowed.add(word.asText()));
        if (!allowed.isEmpty() && !allowed.contains(value)) {
            problems.add(new Problem(path, "\"" + value + "\" is not valid, expected " + String.join(" or ", allowed)));
        }
        var min = schema.path("minLength").asInt(0);
        var max = schema.path("maxLength").asInt(Integer.MAX_VALUE);
        if (value.length() < min || value.length() > max) {
            problems.add(new Problem(path, "has " + value.length() + " characters, expected " + min + " to " + max));
        } else if (schema.hasNonNull("pattern")
                && !Pattern.compile(schema.get("pattern").asText())
                        .matcher(value)
                        .find()) {
            problems.add(new Problem(
                    path,
                    "\"" + value + "\" is not valid, expected the form "
                            + schema.get("pattern").asText()));
        }
    }
}
