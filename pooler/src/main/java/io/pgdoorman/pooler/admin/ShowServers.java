package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.ServerSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW SERVERS: one row per server connection.
final class ShowServers extends ShowCommand {

    private final Snapshots snapshots;

    ShowServers(Snapshots snapshots) {
        super(
                "servers",
                text("server_id"),
                number("server_process_id"),
                text("database_name", "user", "application_name", "tls", "state", "wait"),
                number(
                        "transaction_count",
                        "query_count",
                        "bytes_sent",
                        "bytes_received",
                        "age_seconds",
                        "prepare_cache_hit",
                        "prepare_cache_miss",
                        "prepare_cache_size"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.servers().stream().map(ShowServers::rowOf).toList();
    }

    private static List<@Nullable String> rowOf(ServerSnapshot server) {
        return row(
                "#s" + server.id(),
                server.pid(),
                server.database(),
                server.user(),
                server.applicationName(),
                server.tls(),
                server.state(),
                server.waitsFor(),
                server.transactions(),
                server.queries(),
                server.bytesSent(),
                server.bytesReceived(),
                server.ageSeconds(),
                server.prepareHits(),
                server.prepareMisses(),
                server.prepareSize());
    }
}
