package io.pgdoorman.pooler.cancel;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.OptionalInt;

/// The mark of a pooler in the cancel keys that it gives out: two bytes made of its address, so that nobody has to hand
/// out numbers. Poolers of one network of 65,536 addresses have different ones; where two have the same, both are
/// asked.
final class PeerId {
    private static final int BYTES = 2;

    private PeerId() {}

    static int of(InetAddress address) {
        byte[] bytes = address.getAddress();
        int id = 0;
        for (int i = 0; i + 1 < bytes.length; i += BYTES) {
            id ^= ((bytes[i] & 0xff) << 8) | (bytes[i + 1] & 0xff);
        }
        return id;
    }

    /// Puts the mark into a secret; what is left of it is still random.
    static void mark(byte[] secret, int id) {
        secret[0] = (byte) (id >> 8);
        secret[1] = (byte) id;
    }

    /// The mark in a secret that somebody sent; empty if it is too short for one.
    static OptionalInt in(byte[] secret) {
        return secret.length < CancelKey.SHORT_SECRET
                ? OptionalInt.empty()
                : OptionalInt.of(((secret[0] & 0xff) << 8) | (secret[1] & 0xff));
    }

    /// The mark of this process.
    ///
    /// @param listen address that it listens on; one that stands for all stands for this machine's first
    static int own(InetAddress listen) throws SocketException {
        if (!listen.isAnyLocalAddress()) {
            return of(listen);
        }
        var first = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .min((a, b) -> Integer.compare(a.getAddress().length, b.getAddress().length));
        return of(first.orElse(InetAddress.getLoopbackAddress()));
    }
}
