package io.pgdoorman.config.read;

import io.pgdoorman.config.catalogue.AuthQuerySettings;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.OtherSettings;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.TalosSettings;
import io.pgdoorman.config.catalogue.TokenIssuerSettings;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.catalogue.WebSettings;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Knows which tables the file has and binds each.
final class FileBinder {

    private static final String OLD_WEB = "prometheus";

    private final Problems problems;
    private final Binder binder;

    FileBinder(Problems problems) {
        this.problems = problems;
        this.binder = new Binder(problems);
    }

    Draft bind(Node.Fields root) {
        var sections = renamed(root);
        binder.refuseUnknown(OtherSettings.ROOT, sections);
        var fields = sections.fields();
        var place = root.place();
        var talos = binder.bind(TalosSettings.S, fields.get("talos"), place.missing("talos"));
        var general = binder.bind(GeneralSettings.S, fields.get("general"), place.missing("general"));
        var web = binder.bind(WebSettings.S, fields.get("web"), place.missing("web"));
        var pools = new LinkedHashMap<String, Draft.Pool>();
        var table = binder.fields(fields.get("pools"));
        if (table != null) {
            table.fields().forEach((name, node) -> pools.put(name, pool(node)));
        }
        var issuers = new LinkedHashMap<String, Values>();
        var tokens = binder.fields(fields.get("token_issuers"));
        if (tokens != null) {
            tokens.fields()
                    .forEach((name, node) -> issuers.put(name, binder.bind(TokenIssuerSettings.S, node, node.place())));
        }
        return new Draft(general, web, new Draft.Tokens(talos, issuers), pools);
    }

    private Node.Fields renamed(Node.Fields root) {
        var old = root.fields().get(OLD_WEB);
        if (old == null) {
            return root;
        }
        if (root.fields().containsKey("web")) {
            problems.refuse(old.place(), "an old name of web, which is written as well");
        } else {
            problems.warn(old.place(), "an old name: write web");
        }
        var fields = new LinkedHashMap<>(root.fields());
        fields.putIfAbsent("web", old);
        fields.remove(OLD_WEB);
        return new Node.Fields(root.place(), fields);
    }

    private Draft.Pool pool(Node node) {
        var values = binder.bind(PoolSettings.S, node, node.place());
        var users = new ArrayList<Values>();
        Values authQuery = null;
        if (binder.fields(isMap(node) ? node : null) instanceof Node.Fields(var _, var fields)) {
            for (var user : users(fields.get(PoolSettings.USERS))) {
                users.add(binder.bind(UserSettings.S, user, user.place()));
            }
            var lookup = fields.get(PoolSettings.AUTH_QUERY);
            if (lookup != null && !lookup.isNull()) {
                authQuery = binder.bind(AuthQuerySettings.S, lookup, lookup.place());
            }
        }
        return new Draft.Pool(values, users, authQuery);
    }

    private static boolean isMap(Node node) {
        return node instanceof Node.Fields;
    }

    /// A list, or the older map with numbers as keys.
    private List<Node> users(@Nullable Node node) {
        return switch (node) {
            case null -> List.of();
            case Node.Items(var _, var items) -> items;
            case Node.Fields(var _, var fields) -> numbered(fields);
            case Node.Scalar scalar -> {
                if (!scalar.isNull()) {
                    problems.refuse(scalar.place(), scalar.kindName() + " stands here: expected a list of users");
                }
                yield List.of();
            }
        };
    }

    private List<Node> numbered(Map<String, Node> fields) {
        fields.forEach((key, node) -> {
            if (!key.matches("\\d{1,9}")) {
                problems.refuse(
                        node.place().ofUnknown(key),
                        "unknown key: expected a list of users, or a map with numbers as keys");
            }
        });
        return fields.entrySet().stream()
                .filter(entry -> entry.getKey().matches("\\d{1,9}"))
                .map(Map.Entry::getValue)
                .toList();
    }
}
