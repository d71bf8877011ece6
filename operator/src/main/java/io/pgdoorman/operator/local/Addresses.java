package io.pgdoorman.operator.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.TreeSet;

/// Loopback addresses for poolers: 127.0.0.2 and up, each used by one process at a time.
///
/// Owned by the loop's thread.
final class Addresses {

    private static final int FIRST = 2;
    private static final int LAST = 254;

    private final Set<Integer> taken = new TreeSet<>();

    /// The lowest free address.
    String take() {
        for (var i = FIRST; i <= LAST; i++) {
            if (taken.add(i)) {
                return "127.0.0." + i;
            }
        }
        throw new IllegalStateException("all addresses from 127.0.0.2 to 127.0.0.254 are in use");
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
