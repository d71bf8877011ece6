package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Problems;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A list of values of one type.
record ListType<T>(ValueType<T> item) implements ValueType<List<T>> {

    @Override
    public @Nullable List<T> parse(Node node, Problems problems) {
        if (!(node instanceof Node.Items(var _, var nodes))) {
            problems.refuse(node.place(), node.shown() + " is not valid: expected " + expected());
            return null;
        }
        var values = new ArrayList<T>();
        for (var one : nodes) {
            var value = item.parse(one, problems);
            if (value != null) {
                values.add(value);
            }
        }
        return values.size() == nodes.size() ? List.copyOf(values) : null;
    }

    @Override
    public JsonNode canonical(List<T> value) {
        var array = JsonNodeFactory.instance.arrayNode();
        value.forEach(one -> array.add(item.canonical(one)));
        return array;
    }

    @Override
    public String expected() {
        return "a list, each item " + item.expected();
    }
}
