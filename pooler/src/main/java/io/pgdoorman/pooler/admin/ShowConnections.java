package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.ProcessStats.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW CONNECTIONS: connections since the start.
final class ShowConnections extends ShowCommand {

    private final ProcessStats process;

    ShowConnections(ProcessStats process) {
        super("connections", number("total", "errors", "tls", "plain", "cancel"));
        this.process = process;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return List.of(row(
                process.acceptedCount(),
                process.rejectedCount(),
                process.acceptedCount(Kind.TLS),
                process.acceptedCount(Kind.PLAIN),
                process.acceptedCount(Kind.CANCEL)));
    }
}
