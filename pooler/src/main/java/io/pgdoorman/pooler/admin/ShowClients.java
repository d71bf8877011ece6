package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW CLIENTS: one row per client.
final class ShowClients extends ShowCommand {

    private final Snapshots snapshots;

    ShowClients(Snapshots snapshots) {
        super(
                "clients",
                text("client_id", "database", "user", "application_name", "addr", "tls", "state", "wait"),
                number("transaction_count", "query_count", "error_count", "age_seconds"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.clients().stream().map(ShowClients::rowOf).toList();
    }

    private static List<@Nullable String> rowOf(ClientSnapshot client) {
        return row(
                "#c" + client.id(),
                client.database(),
                client.user(),
                client.applicationName(),
                client.address(),
                client.tls(),
                client.state(),
                client.waitsFor(),
                client.transactions(),
                client.queries(),
                client.errors(),
                client.ageSeconds());
    }
}
