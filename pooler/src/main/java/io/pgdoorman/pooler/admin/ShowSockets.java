package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SHOW SOCKETS: how many sockets of the process are in which state of the kernel.
final class ShowSockets extends ShowTable {

    /// In the order of the columns.
    private static final List<String> STATES = List.of(
            "tcp_established",
            "tcp_syn_sent",
            "tcp_syn_recv",
            "tcp_fin_wait1",
            "tcp_fin_wait2",
            "tcp_time_wait",
            "tcp_close",
            "tcp_close_wait",
            "tcp_last_ack",
            "tcp_listen",
            "tcp_closing",
            "tcp6_established",
            "tcp6_syn_sent",
            "tcp6_syn_recv",
            "tcp6_fin_wait1",
            "tcp6_fin_wait2",
            "tcp6_time_wait",
            "tcp6_close",
            "tcp6_close_wait",
            "tcp6_last_ack",
            "tcp6_listen",
            "tcp6_closing",
            "unix_stream",
            "unix_dgram",
            "unix_seqpacket",
            "unknown");

    private final Inspection inspection;

    ShowSockets(Inspection inspection) {
        super("sockets", number(STATES.toArray(String[]::new)));
        this.inspection = inspection;
    }

    @Override
    CompletionStage<List<List<@Nullable String>>> table() {
        return inspection.openFiles().thenApply(ShowSockets::rows);
    }

    private static List<List<@Nullable String>> rows(List<Inspection.OpenFile> files) {
        Map<String, Integer> counts = new TreeMap<>();
        for (var file : files) {
            var state = file.state();
            if (state != null) {
                counts.merge(STATES.contains(state) ? state : "unknown", 1, Integer::sum);
            }
        }
        return List.of(STATES.stream()
                .map(state -> (@Nullable String) Integer.toString(counts.getOrDefault(state, 0)))
                .toList());
    }
}
