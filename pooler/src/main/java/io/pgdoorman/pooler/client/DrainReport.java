package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.stats.ClientSnapshot;
import java.util.List;
import org.slf4j.Logger;

/// What became of the clients of a drain, of all or of one pool.
///
/// @param atBoundary how many ended where nothing of theirs was lost
/// @param left those whose time was over first; they are ended where they are, or waited for
public record DrainReport(int atBoundary, List<ClientSnapshot> left) {
    /// A log line for each of so many; the count tells of the rest.
    private static final int MOST_NAMED = 50;

    /// @param begun how many clients there were when the drain began; nobody came since
    public static DrainReport of(int begun, List<ClientSnapshot> left) {
        return new DrainReport(Math.max(0, begun - left.size()), List.copyOf(left));
    }

    public void tell(Logger log, boolean waits) {
        log.atInfo()
                .setMessage(left.isEmpty() ? "all clients have left" : "shutdown_timeout passed, clients are left")
                .addKeyValue("client", left.size())
                .addKeyValue("state", atBoundary + " ended at a boundary")
                .log();
        left.stream()
                .limit(MOST_NAMED)
                .forEach(client -> log.atWarn()
                        .setMessage(waits ? "a client is waited for" : "a client is ended where it is")
                        .addKeyValue("database", client.database())
                        .addKeyValue("user", client.user())
                        .addKeyValue("client", client.address())
                        .addKeyValue("state", client.state())
                        .log());
    }
}
