package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SHOW PEERS: the poolers that cancel requests for their clients are passed on to, this one among them.
final class ShowPeers extends ShowTable {

    private final Inspection inspection;

    ShowPeers(Inspection inspection) {
        super("peers", number("peer_id"), text("host"), number("port", "pool_size"));
        this.inspection = inspection;
    }

    @Override
    CompletionStage<List<List<@Nullable String>>> table() {
        return inspection.peers().thenApply(ShowPeers::rows);
    }

    private static List<List<@Nullable String>> rows(List<Inspection.Peer> peers) {
        return peers.stream()
                .map(peer -> row(peer.id(), peer.host(), peer.port(), peer.mostRequests()))
                .toList();
    }
}
