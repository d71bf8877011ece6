package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Node.Kind;
import io.pgdoorman.config.tree.Place;
import io.pgdoorman.config.tree.Problems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A secret inline or by reference; what stands there is never repeated in a message.
record SecretType(boolean mayBeEmpty) implements ValueType<Secret> {

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    @Override
    public @Nullable Secret parse(Node node, Problems problems) {
        return switch (node) {
            case Node.Scalar(var _, var kind, var text)
            when kind == Kind.TEXT && text.indexOf('\0') < 0 && (mayBeEmpty || !text.isEmpty()) ->
                new Secret.Inline(text);
            case Node.Fields(var _, var fields) when fields.size() == 1 -> reference(node, fields, problems);
            case Node.Scalar(var place, var kind, var _)
            when kind == Kind.TEXT -> {
                problems.refuse(place, "the value (not shown) is empty or holds a NUL: expected " + expected());
                yield null;
            }
            case Node.Scalar _, Node.Fields _, Node.Items _ -> {
                problems.refuse(node.place(), node.kindName() + " (not shown) stands here: expected " + expected());
                yield null;
            }
        };
    }

    private @Nullable Secret reference(Node node, Map<String, Node> fields, Problems problems) {
        var entry = fields.entrySet().iterator().next();
        var at = entry.getValue().place().ofUnknown(entry.getKey());
        if (!(entry.getValue() instanceof Node.Scalar(var _, var kind, var text)) || kind != Kind.TEXT) {
            problems.refuse(at, entry.getValue().kindName() + " (not shown) stands here: expected text");
            return null;
        }
        switch (entry.getKey()) {
            case "file" -> {
                var path = absolute(text);
                if (path != null) {
                    return new Secret.FromFile(path);
                }
                problems.refuse(at, "\"" + text + "\" is not valid: expected the absolute path of a file");
            }
            case "env" -> {
                if (VARIABLE.matcher(text).matches()) {
                    return new Secret.FromEnv(text);
                }
                problems.refuse(at, "\"" + text + "\" is not valid: expected the name of an environment variable");
            }
            default ->
                problems.refuse(
                        node.place(), "unknown key \"" + Place.shown(entry.getKey()) + "\": expected " + expected());
        }
        return null;
    }

    private static @Nullable Path absolute(String text) {
        try {
            var path = Path.of(text);
            return path.isAbsolute() ? path : null;
        } catch (InvalidPathException _) {
            return null;
        }
    }

    @Override
    public JsonNode canonical(Secret value) {
        var json = JsonNodeFactory.instance;
        return switch (value) {
            case Secret.Inline(var text) -> json.textNode(text);
            case Secret.FromFile(var path) -> json.objectNode().put("file", path.toString());
            case Secret.FromEnv(var name) -> json.objectNode().put("env", name);
        };
    }

    @Override
    public String shown(Secret value) {
        return value.toString();
    }

    @Override
    public String expected() {
        return "text, {file: /absolute/path} or {env: NAME}";
    }
}
