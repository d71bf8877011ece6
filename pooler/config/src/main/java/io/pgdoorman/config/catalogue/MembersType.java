package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Problems;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Roles with the names of their members.
record MembersType() implements ValueType<Map<String, List<String>>> {
    private static final ListType<String> NAMES = new ListType<>(Types.text());

    @Override
    public @Nullable Map<String, List<String>> parse(Node node, Problems problems) {
        if (!(node instanceof Node.Fields(var _, var fields))) {
            problems.refuse(node.place(), node.shown() + " is not valid: expected " + expected());
            return null;
        }
        var roles = new TreeMap<String, List<String>>();
        fields.forEach((role, members) -> {
            var names = NAMES.parse(members, problems);
            if (names != null) {
                roles.put(role, names);
            }
        });
        return roles.size() == fields.size() ? roles : null;
    }

    @Override
    public JsonNode canonical(Map<String, List<String>> value) {
        var json = JsonNodeFactory.instance.objectNode();
        value.forEach((role, members) -> json.set(role, NAMES.canonical(members)));
        return json;
    }

    @Override
    public String expected() {
        return "a map of roles, each with a list of its members";
    }
}
