package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.TokenIssuerConfig.ServiceAccountRule;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Problems;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A ServiceAccount and the user that it may be.
record ServiceAccountType() implements ValueType<ServiceAccountRule> {
    private static final Set<String> KEYS = Set.of("namespace", "name", "user", "database");

    /// Namespaces are DNS labels; names of ServiceAccounts may have dots.
    private static final Predicate<String> LABEL =
            Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?").asMatchPredicate();

    private static final Predicate<String> NAME =
            Pattern.compile("\\*|[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?").asMatchPredicate();

    @Override
    public @Nullable ServiceAccountRule parse(Node node, Problems problems) {
        if (!(node instanceof Node.Fields(var place, var fields))) {
            problems.refuse(node.place(), node.shown() + " is not valid: expected " + expected());
            return null;
        }
        Map<String, String> values = new HashMap<>();
        fields.forEach((key, value) -> {
            if (!KEYS.contains(key)) {
                problems.refuse(value.place().ofUnknown(key), "unknown key: expected " + expected());
                return;
            }
            var text = valid(key).parse(value, problems);
            if (text != null) {
                values.put(key, text);
            }
        });
        for (var key : new String[] {"namespace", "name", "user"}) {
            if (!fields.containsKey(key)) {
                problems.refuse(
                        place.missing(key), "missing: expected " + valid(key).expected());
            }
        }
        var namespace = values.get("namespace");
        var name = values.get("name");
        var user = values.get("user");
        return namespace == null || name == null || user == null || values.size() != fields.size()
                ? null
                : new ServiceAccountRule(
                        namespace, name, user, values.getOrDefault("database", ServiceAccountRule.ANY));
    }

    private static ValueType<String> valid(String key) {
        return switch (key) {
            case "namespace" -> Types.text("the name of a namespace", LABEL);
            case "name" -> Types.text("the name of a ServiceAccount, or *", NAME);
            default -> Types.text();
        };
    }

    @Override
    public JsonNode canonical(ServiceAccountRule value) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("namespace", value.namespace())
                .put("name", value.name())
                .put("user", value.user())
                .put("database", value.database());
    }

    @Override
    public String expected() {
        return "a map with namespace, name, user and maybe database";
    }
}
