package io.pgdoorman.pooler.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The kernel's own sums of sockets, which it keeps anyway: to walk over the list of all sockets, as one would have to
/// for each state, takes time from clients.
final class SocketCounts {

    private static final List<Path> FILES =
            List.of(Path.of("/proc/self/net/sockstat"), Path.of("/proc/self/net/sockstat6"));

    /// The kernel's words for counts of TCP, and ours.
    private static final Map<String, String> KINDS =
            Map.of("inuse", "", "orphan", "_orphan", "tw", "_time_wait", "alloc", "_allocated");

    private SocketCounts() {}

    /// Empty where there is no such file.
    static Map<String, Long> read() {
        var counts = new TreeMap<String, Long>();
        for (var file : FILES) {
            try {
                Files.readAllLines(file).forEach(line -> take(line, counts));
            } catch (IOException _) {
                // another system, or one without IPv6: there is nothing to count
            }
        }
        return counts;
    }

    /// A line as `TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1`.
    static void take(String line, Map<String, Long> counts) {
        var words = line.split("\\s+");
        if (!words[0].equals("TCP:") && !words[0].equals("TCP6:")) {
            return;
        }
        var family = words[0].equals("TCP:") ? "tcp" : "tcp6";
        for (var i = 1; i + 1 < words.length; i += 2) {
            var kind = KINDS.get(words[i]);
            if (kind != null) {
                counts.put(family + kind, Long.parseLong(words[i + 1]));
            }
        }
    }
}
