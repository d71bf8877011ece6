package io.pgdoorman.config.tree;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/// Reads YAML token by token into located nodes; aliases are copied within a budget, duplicate keys are refused.
public final class YamlTree {

    /// Deeper than any real file, and far from the end of the stack.
    static final int MAX_DEPTH = 32;
    /// Nodes after all aliases are written out: a file of 4 MB without aliases may hold that many.
    static final int MAX_NODES = 200_000;

    private static final YAMLFactory FACTORY = factory();

    private final YAMLParser parser;
    private final Problems problems;
    private final Map<String, Node> anchors = new HashMap<>();
    private int nodes;

    private YamlTree(YAMLParser parser, Problems problems) {
        this.parser = parser;
        this.problems = problems;
    }

    private static YAMLFactory factory() {
        var options = new LoaderOptions();
        options.setCodePointLimit(Limits.MAX_FILE_BYTES);
        options.setNestingDepthLimit(MAX_DEPTH);
        return YAMLFactory.builder()
                .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                .loaderOptions(options)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(Limits.MAX_FILE_BYTES)
                        .build())
                .build();
    }

    /// The root map, or empty after the problem was noted.
    public static Node.@Nullable Fields read(String text, String file, Problems problems) {
        var root = new Place(file, "", null);
        try (var parser = FACTORY.createParser(text)) {
            return new YamlTree(parser, problems).document(root);
        } catch (JsonProcessingException e) {
            var location = e.getLocation();
            var line = location == null || location.getLineNr() < 1 ? null : (Integer) location.getLineNr();
            problems.refuse(new Place(file, "", line), "not readable as YAML: " + reason(e));
        } catch (TooMuch e) {
            problems.refuse(e.place, e.reason);
        } catch (IOException | RuntimeException e) {
            // the parser below Jackson has its own unchecked exceptions for broken input
            problems.refuse(root, "not readable as YAML: " + Limits.firstLine(String.valueOf(e.getMessage())));
        }
        return null;
    }

    /// What the parser says, without the excerpt of the file, which may hold secrets.
    private static String reason(JsonProcessingException e) {
        if (e.getCause() instanceof MarkedYAMLException marked) {
            var context = marked.getContext();
            return Limits.firstLine((context == null ? "" : context + ": ") + marked.getProblem());
        }
        return Limits.firstLine(String.valueOf(e.getOriginalMessage()));
    }

    private Node.@Nullable Fields document(Place root) throws IOException {
        var first = parser.nextToken();
        if (first == null) {
            return new Node.Fields(root, Map.of());
        }
        var node = node(new Place(root.file(), "", line()));
        if (parser.nextToken() != null) {
            problems.refuse(new Place(root.file(), "", line()), "a second YAML document: expected one");
            return null;
        }
        return switch (node) {
            case Node.Fields fields -> fields;
            case Node.Scalar scalar when scalar.isNull() || scalar.text().isEmpty() -> new Node.Fields(root, Map.of());
            case Node.Scalar _, Node.Items _ -> {
                problems.refuse(node.place(), "the file holds " + node.kindName() + ": expected a map of sections");
                yield null;
            }
        };
    }

    private Node node(Place place) throws IOException {
        count(place, 1);
        if (parser.isCurrentAlias()) {
            return alias(place);
        }
        @Nullable String anchor = parser.getObjectId();
        @Nullable JsonToken token = parser.currentToken();
        var node = switch (token) {
            case START_OBJECT -> fields(place);
            case START_ARRAY -> items(place);
            case VALUE_NUMBER_INT -> scalar(place, Node.Kind.INTEGER);
            case VALUE_NUMBER_FLOAT -> scalar(place, Node.Kind.DECIMAL);
            case VALUE_TRUE, VALUE_FALSE -> scalar(place, isBoolean() ? Node.Kind.BOOLEAN : Node.Kind.TEXT);
            case VALUE_NULL -> scalar(place, Node.Kind.NULL);
            case null, default -> scalar(place, Node.Kind.TEXT);
        };
        if (anchor != null) {
            anchors.put(anchor, node);
        }
        return node;
    }

    /// YAML 1.1 takes yes, no, on and off for booleans; a user may be called so, and nobody else reads them as such
    /// now.
    private boolean isBoolean() throws IOException {
        var text = parser.getText();
        return text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
    }

    private Node scalar(Place place, Node.Kind kind) throws IOException {
        return new Node.Scalar(place, kind, String.valueOf(parser.getText()));
    }

    private Node alias(Place place) throws IOException {
        var name = parser.getText();
        var known = anchors.get(name);
        if (known == null) {
            problems.refuse(place, "alias *" + name + " has no anchor before it");
            return new Node.Scalar(place, Node.Kind.NULL, "");
        }
        return copy(known, place);
    }

    private Node copy(Node node, Place place) {
        count(place, 1);
        return switch (node) {
            case Node.Scalar(var _, var kind, var text) -> new Node.Scalar(place, kind, text);
            case Node.Items(var _, var old) -> {
                var items = new ArrayList<Node>();
                for (var item : old) {
                    items.add(copy(item, place.item(items.size(), place.line())));
                }
                yield new Node.Items(place, items);
            }
            case Node.Fields(var _, var old) -> {
                var fields = new LinkedHashMap<String, Node>();
                old.forEach((key, value) -> fields.put(key, copy(value, place.child(key, place.line()))));
                yield new Node.Fields(place, fields);
            }
        };
    }

    private Node items(Place place) throws IOException {
        var items = new ArrayList<Node>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(node(place.item(items.size(), line())));
        }
        return new Node.Items(place, items);
    }

    private Node fields(Place place) throws IOException {
        var fields = new LinkedHashMap<String, Node>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var key = parser.currentName();
            var at = place.child(key, line());
            parser.nextToken();
            var value = node(at);
            var before = fields.putIfAbsent(key, value);
            if (before != null) {
                problems.refuse(
                        at, "written twice, first in line " + before.place().line());
            }
        }
        return new Node.Fields(place, fields);
    }

    private int line() {
        return parser.currentTokenLocation().getLineNr();
    }

    private void count(Place place, int more) {
        nodes += more;
        if (nodes > MAX_NODES) {
            throw new TooMuch(place, "the file holds more than " + MAX_NODES + " values with its aliases written out");
        }
    }

    /// Leaves the recursion when the budget is spent.
    private static final class TooMuch extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Place place;
        private final String reason;

        TooMuch(Place place, String reason) {
            super(reason, null, false, false);
            this.place = place;
            this.reason = reason;
        }
    }
}
