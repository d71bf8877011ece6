package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Node.Kind;
import io.pgdoorman.config.tree.Problems;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A map of PostgreSQL parameters, as they go into the startup packet.
public record ParametersType() implements ValueType<Map<String, String>> {

    /// PostgreSQL refuses startup packets above 10000 bytes; the rest is kept for user, database and application name.
    public static final int MAX_BYTES = 10_000 - 512;

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");
    private static final Set<String> RESERVED =
            Set.of("user", "database", "replication", "options", "role", "session_authorization");

    @Override
    public @Nullable Map<String, String> parse(Node node, Problems problems) {
        if (!(node instanceof Node.Fields(var _, var fields))) {
            problems.refuse(node.place(), node.shown() + " is not valid: expected " + expected());
            return null;
        }
        var values = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        var isValid = true;
        for (var entry : fields.entrySet()) {
            isValid &= take(entry.getKey(), entry.getValue(), values, problems);
        }
        if (isValid && bytes(values) > MAX_BYTES) {
            problems.refuse(
                    node.place(), bytes(values) + " bytes in the startup packet: expected at most " + MAX_BYTES);
            return null;
        }
        return isValid ? new TreeMap<>(values) : null;
    }

    private static boolean take(String name, Node node, Map<String, String> values, Problems problems) {
        if (!NAME.matcher(name).matches()) {
            problems.refuse(
                    node.place(), "the name is not valid: expected a letter or _, then letters, digits, _ and .");
        } else if (isReserved(name)) {
            problems.refuse(node.place(), "the name is reserved: the pooler itself or the protocol sets it");
        } else if (!(node instanceof Node.Scalar(var _, var kind, var text)) || kind != Kind.TEXT) {
            problems.refuse(node.place(), node.shown() + " is not valid: expected text in quotes");
        } else if (text.indexOf('\0') >= 0) {
            problems.refuse(node.place(), "the value holds a NUL: expected text without");
        } else if (values.putIfAbsent(name, text) != null) {
            problems.refuse(node.place(), "written twice: names differ in case only");
        } else {
            return true;
        }
        return false;
    }

    /// Whether a parameter may have that name: none that the pooler itself or the protocol sets.
    public static boolean isNameOfParameter(String name) {
        return NAME.matcher(name).matches() && !isReserved(name);
    }

    private static boolean isReserved(String name) {
        var lower = name.toLowerCase(Locale.ROOT);
        return RESERVED.contains(lower) || lower.startsWith("_pq_.");
    }

    /// What the map takes in a startup packet: each name and value with its terminator.
    public static int bytes(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .mapToInt(entry -> bytes(entry.getKey()) + bytes(entry.getValue()))
                .sum();
    }

    /// A text with its terminator.
    public static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length + 1;
    }

    @Override
    public JsonNode canonical(Map<String, String> value) {
        var json = JsonNodeFactory.instance.objectNode();
        value.forEach(json::put);
        return json;
    }

    @Override
    public String expected() {
        return "a map of PostgreSQL parameters, names and values as text";
    }
}
