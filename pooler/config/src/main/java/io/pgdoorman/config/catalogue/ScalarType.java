package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Node.Kind;
import io.pgdoorman.config.tree.Problems;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A type whose values are single scalars, read from their text.
record ScalarType<T>(
        String expected,
        Set<Kind> kinds,
        Function<String, Optional<T>> reader,
        Function<T, JsonNode> writer,
        Function<T, String> shower)
        implements ValueType<T> {

    ScalarType {
        kinds = EnumSet.copyOf(kinds);
    }

    @Override
    public @Nullable T parse(Node node, Problems problems) {
        if (node instanceof Node.Scalar(var place, var kind, var text)) {
            if (kinds.contains(kind)) {
                var value = reader.apply(text);
                if (value.isPresent()) {
                    return value.get();
                }
            }
            var quote = kind != Kind.TEXT && kinds.equals(Set.of(Kind.TEXT)) ? ", in quotes" : "";
            problems.refuse(place, node.shown() + " is not valid: expected " + expected + quote);
        } else {
            problems.refuse(node.place(), node.kindName() + " stands here: expected " + expected);
        }
        return null;
    }

    @Override
    public JsonNode canonical(T value) {
        return writer.apply(value);
    }

    @Override
    public String shown(T value) {
        return shower.apply(value);
    }
}
