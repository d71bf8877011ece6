package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.HbaSource;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Node.Kind;
import io.pgdoorman.config.tree.Problems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// HBA rules: as text, `{content}` or `{path}`.
record HbaType() implements ValueType<HbaSource> {
    private static final Pattern SECRET = Pattern.compile("ldapbindpasswd(?:\\\\\\r?\\n)*=(?:\\\\\\r?\\n|[^\\n])*");

    @Override
    public @Nullable HbaSource parse(Node node, Problems problems) {
        if (node instanceof Node.Scalar(var _, var kind, var text) && kind == Kind.TEXT) {
            return new HbaSource.Rules(text);
        }
        if (node instanceof Node.Fields(var _, var fields) && fields.size() == 1) {
            if (fields.get("content") instanceof Node.Scalar(var _, var kind, var text) && kind == Kind.TEXT) {
                return new HbaSource.Rules(text);
            }
            if (fields.get("path") instanceof Node.Scalar(var _, var kind, var text) && kind == Kind.TEXT) {
                try {
                    return new HbaSource.RulesFile(Path.of(text));
                } catch (InvalidPathException _) {
                    // falls to the refusal below
                }
            }
        }
        problems.refuse(node.place(), node.shown() + " is not valid: expected " + expected());
        return null;
    }

    @Override
    public JsonNode canonical(HbaSource value) {
        var json = JsonNodeFactory.instance;
        return switch (value) {
            case HbaSource.None _ -> json.nullNode();
            case HbaSource.Rules(var text) -> json.objectNode().put("content", text);
            case HbaSource.RulesFile(var path) -> json.objectNode().put("path", path.toString());
            case HbaSource.Networks networks -> new ListType<>(Types.cidr()).canonical(networks.networks());
        };
    }

    /// Without the password of a directory: what follows it in its line, continued ones included, is hidden as well.
    @Override
    public String shown(HbaSource value) {
        return canonical(
                        value instanceof HbaSource.Rules(var text)
                                ? new HbaSource.Rules(SECRET.matcher(text).replaceAll("ldapbindpasswd=***"))
                                : value)
                .toString();
    }

    @Override
    public String expected() {
        return "lines as text, {content: lines} or {path: file}";
    }
}
