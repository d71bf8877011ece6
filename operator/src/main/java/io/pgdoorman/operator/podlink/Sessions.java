package io.pgdoorman.operator.podlink;

import io.pgdoorman.operator.podlink.PodLink.Column;
import io.pgdoorman.operator.podlink.PodLink.Table;
import java.util.List;
import java.util.Set;

/// Reads SHOW CLIENTS of a pooler of any version: columns are found by their names.
final class Sessions {

    private Sessions() {}

    /// Numbers of the clients of some users that are in no transaction.
    static List<String> idle(Table table, Set<String> users) {
        var names = table.columns().stream().map(Column::name).toList();
        var id = names.indexOf("client_id");
        var user = names.indexOf("user");
        var state = names.indexOf("state");
        return id < 0 || user < 0 || state < 0
                ? List.of()
                : table.rows().stream()
                        .filter(row -> users.contains(row.get(user)) && "idle".equals(row.get(state)))
                        .map(row -> row.get(id))
                        .toList();
    }
}
