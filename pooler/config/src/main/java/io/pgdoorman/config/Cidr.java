package io.pgdoorman.config;

import java.net.InetAddress;
import java.util.Optional;

/// A network address with its prefix length.
public record Cidr(InetAddress network, int prefix) {

    public Cidr {
        var bits = network.getAddress().length * Byte.SIZE;
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException("the prefix of " + network.getHostAddress() + " is 0 to " + bits);
        }
    }

    /// Reads `10.0.0.0/8` or a bare address, which is a network of one.
    public static Optional<Cidr> parse(String text) {
        var slash = text.indexOf('/');
        try {
            var address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            var bits = address.getAddress().length * Byte.SIZE;
            return Optional.of(new Cidr(address, slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1))));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Whether the address lies in this network.
    public boolean contains(InetAddress address) {
        var own = network.getAddress();
        var other = address.getAddress();
        if (own.length != other.length) {
            return false;
        }
        for (var bit = 0; bit < prefix; bit++) {
            var mask = 0x80 >> (bit % Byte.SIZE);
            if (((own[bit / Byte.SIZE] ^ other[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefix;
    }
}
