package io.pgdoorman.operator.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Loopback addresses for poolers: 127.0.0.2 and up, each used by one process at a time.
///
/// Owned by the loop's thread.
final class Addresses {

    private static final int FIRST = 2;
    private static final int LAST = 254;

    private final Set<Integer> taken = new TreeSet<>();

    /// The lowest free address.
    String take() throws IOException {
        return take(List.of(), _ -> {});
    }

    /// The lowest free address where nobody listens on these ports; `passed` hears of those where somebody does.
    String take(List<Integer> ports, Consumer<String> passed) throws IOException {
        for (var i = FIRST; i <= LAST; i++) {
            var address = "127.0.0." + i;
            if (!taken.contains(i)) {
                var busy = ports.stream().filter(port -> !isFree(address, port)).toList();
                if (busy.isEmpty()) {
                    taken.add(i);
                    return address;
                }
                busy.forEach(port -> passed.accept(address + ":" + port));
                if (isBusyEverywhere(busy.getFirst())) {
                    throw new IOException("port " + busy.getFirst() + " is in use on all addresses");
                }
            }
        }
        throw new IOException("all addresses from 127.0.0.2 to 127.0.0.254 are in use");
    }

    private static boolean isBusyEverywhere(int port) {
        return !isFree("127.0.0." + LAST, port);
    }

    void giveBack(String address) {
        taken.remove(Integer.parseInt(address.substring(address.lastIndexOf('.') + 1)));
    }

    /// True when nobody listens there, on this address or on all.
    static boolean isFree(String address, int port) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), port), 1);
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
