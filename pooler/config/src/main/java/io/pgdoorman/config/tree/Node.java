package io.pgdoorman.config.tree;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A value of the file with its place.
public sealed interface Node {

    Place place();

    /// What a scalar looks like to the parser of its format.
    enum Kind {
        TEXT,
        INTEGER,
        DECIMAL,
        BOOLEAN,
        NULL
    }

    /// A single value, as text.
    record Scalar(Place place, Kind kind, String text) implements Node {}

    /// A list.
    record Items(Place place, List<Node> items) implements Node {
        public Items {
            items = List.copyOf(items);
        }
    }

    /// A map, in the order of the file.
    record Fields(Place place, Map<String, Node> fields) implements Node {
        public Fields {
            fields = new LinkedHashMap<>(fields);
        }
    }

    /// Whether this is `null`, which stands for an absent key.
    default boolean isNull() {
        return this instanceof Scalar(var _, var kind, var _) && kind == Kind.NULL;
    }

    /// What it is, for messages; never the value itself.
    default String kindName() {
        return switch (this) {
            case Items _ -> "a list";
            case Fields _ -> "a map";
            case Scalar scalar ->
                switch (scalar.kind()) {
                    case TEXT -> "text";
                    case INTEGER -> "an integer";
                    case DECIMAL -> "a decimal number";
                    case BOOLEAN -> "a boolean";
                    case NULL -> "nothing";
                };
        };
    }

    /// The value as messages show it, cut to a readable length.
    default String shown() {
        return switch (this) {
            case Items _, Fields _ -> kindName();
            case Scalar(var _, var kind, var text) when kind == Kind.TEXT -> "\"" + cut(text) + "\"";
            case Scalar(var _, var _, var text) -> cut(text);
        };
    }

    private static String cut(String text) {
        var line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 60 ? line : line.substring(0, 57) + "...";
    }
}
