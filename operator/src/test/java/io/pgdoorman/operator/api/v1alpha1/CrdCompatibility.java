package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// What an object that an older CRD took would meet under a newer one: each finding is a field that is gone or means
/// something else, or a demand that is new. Wider is fine: new fields without a demand, more values, higher limits.
final class CrdCompatibility {

    private static final List<String> SAME = List.of(
            "type",
            "format",
            "pattern",
            "default",
            "x-kubernetes-int-or-string",
            "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys",
            "x-kubernetes-map-type");
    private static final List<String> MOST = List.of("maximum", "maxLength", "maxItems", "maxProperties");
    private static final List<String> LEAST = List.of("minimum", "minLength", "minItems", "minProperties");
    private static final JsonNode NOTHING = JsonNodeFactory.instance.missingNode();

    private final List<String> findings = new ArrayList<>();

    private CrdCompatibility() {}

    /// Where a newer CRD breaks those who use the older one; empty where it does not.
    static List<String> breaks(JsonNode older, JsonNode newer) {
        var compared = new CrdCompatibility();
        for (var part : List.of("/spec/group", "/spec/names/kind", "/spec/names/plural", "/spec/scope")) {
            compared.same(part, older.at(part), newer.at(part));
        }
        for (var version : older.at("/spec/versions")) {
            if (version.path("served").asBoolean()) {
                compared.version(version, newer.at("/spec/versions"));
            }
        }
        return compared.findings;
    }

    private void version(JsonNode older, JsonNode versions) {
        var name = older.path("name").asText();
        var newer = StreamSupport.stream(versions.spliterator(), false)
                .filter(one -> one.path("name").asText().equals(name)
                        && one.path("served").asBoolean())
                .findFirst()
                .orElse(NOTHING);
        if (newer.isMissingNode()) {
            findings.add("version " + name + " is not served any more");
            return;
        }
        for (var resource : fields(older.path("subresources"))) {
            same(
                    "subresource " + resource,
                    older.at("/subresources/" + resource),
                    newer.at("/subresources/" + resource));
        }
        schema("", older.at("/schema/openAPIV3Schema"), newer.at("/schema/openAPIV3Schema"));
    }

    private void schema(String path, JsonNode older, JsonNode newer) {
        if (older.path("x-kubernetes-preserve-unknown-fields").asBoolean()
                && !newer.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
            findings.add(path + " takes no unknown fields any more");
        }
        for (var word : SAME) {
            same(path + " " + word, older.path(word), newer.path(word));
        }
        limits(path, older, newer);
        added(path + " demands", "required", older, newer);
        added(path + " has a new rule:", "x-kubernetes-validations", older, newer);
        if (newer.has("enum")) {
            added(path + " refuses", "enum", newer, older.has("enum") ? older : newer);
            if (!older.has("enum")) {
                findings.add(path + " has an enum now");
            }
        }
        for (var field : fields(older.path("properties"))) {
            var there = newer.path("properties").path(field);
            if (there.isMissingNode()) {
                findings.add(path + "." + field + " is gone");
            } else {
                schema(path + "." + field, older.path("properties").path(field), there);
            }
        }
        for (var inner : List.of("items", "additionalProperties")) {
            if (older.path(inner).isObject()) {
                schema(path + "[]", older.path(inner), newer.path(inner));
            }
        }
    }

    private void limits(String path, JsonNode older, JsonNode newer) {
        for (var word : MOST) {
            if (newer.has(word)
                    && (!older.has(word)
                            || newer.path(word).asDouble() < older.path(word).asDouble())) {
                findings.add("%s %s: %s instead of %s".formatted(path, word, newer.path(word), told(older.path(word))));
            }
        }
        for (var word : LEAST) {
            if (newer.has(word)
                    && (!older.has(word)
                            || newer.path(word).asDouble() > older.path(word).asDouble())) {
                findings.add("%s %s: %s instead of %s".formatted(path, word, newer.path(word), told(older.path(word))));
            }
        }
    }

    /// What the newer list has beyond the older one.
    private void added(String what, String list, JsonNode older, JsonNode newer) {
        var known = values(older.path(list));
        for (var value : values(newer.path(list))) {
            if (!known.contains(value)) {
                findings.add(what + " " + value);
            }
        }
    }

    private void same(String what, JsonNode older, JsonNode newer) {
        if (!older.equals(newer)) {
            findings.add("%s: %s instead of %s"
                    .formatted(what, told(newer), told(older))
                    .strip());
        }
    }

    private static String told(JsonNode value) {
        return value.isMissingNode() ? "nothing" : value.toString();
    }

    /// Of a rule its expression: another message breaks nobody.
    private static Set<String> values(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(value -> value.has("rule") ? value.path("rule").asText() : value.asText())
                .collect(Collectors.toSet());
    }

    private static List<String> fields(JsonNode node) {
        var names = new ArrayList<String>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
