package io.pgdoorman.pooler.auth;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Addresses that are equal under a mask; never asks a name server.
///
/// IPv4 addresses written as IPv6 (`::ffff:10.0.0.1`) count as IPv4 on both sides.
final class Network {
    private final byte[] address;
    private final byte[] mask;

    private Network(byte[] address, byte[] mask) {
        this.address = address;
        this.mask = mask;
    }

    /// `10.0.0.0/8`, `fd00::/8`.
    static Network ofCidr(String text) throws HbaSyntax {
        int slash = text.indexOf('/');
        InetAddress address = literal(text.substring(0, slash));
        if (address == null) {
            throw new HbaSyntax(
                    "invalid IP address in \"" + text + "\": expected a network like 10.0.0.0/8 or fd00::/8");
        }
        String digits = text.substring(slash + 1);
        boolean mapped = address instanceof Inet4Address && text.indexOf(':') >= 0;
        int least = mapped ? 96 : 0;
        int most = mapped ? 128 : address.getAddress().length * 8;
        int bits = digits.matches("[0-9]{1,3}") ? Integer.parseInt(digits) : -1;
        if (bits < least || bits > most) {
            throw new HbaSyntax("invalid CIDR mask in address \"" + text + "\": expected " + least + " to " + most);
        }
        return of(address.getAddress(), prefix(address.getAddress().length, bits - least));
    }

    /// An address and a mask in two words.
    static Network ofMask(String addressText, String maskText) throws HbaSyntax {
        InetAddress address = literal(addressText);
        if (address == null) {
            throw new HbaSyntax("invalid IP address \"" + addressText + "\"");
        }
        InetAddress mask = literal(maskText);
        if (mask == null) {
            throw new HbaSyntax("invalid IP mask \"" + maskText + "\"");
        }
        if (mask.getAddress().length != address.getAddress().length) {
            throw new HbaSyntax("IP address and mask do not match: \"" + addressText + "\" and \"" + maskText + "\"");
        }
        return of(address.getAddress(), mask.getAddress());
    }

    boolean contains(InetAddress candidate) {
        byte[] bytes = unmapped(candidate.getAddress());
        return bytes.length == address.length && Arrays.equals(and(bytes, mask), address);
    }

    /// The address that a text of digits, dots and colons stands for; null for anything else, such as a host name.
    static @Nullable InetAddress literal(String text) {
        boolean digits = !text.isEmpty()
                && text.chars().allMatch(c -> (c < 0x80 && Character.digit(c, 16) >= 0) || c == '.' || c == ':');
        boolean form = text.indexOf(':') >= 0 || text.matches("([0-9]{1,3}\\.){3}[0-9]{1,3}");
        if (!digits || !form) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static Network of(byte[] address, byte[] mask) {
        return new Network(and(address, mask), mask);
    }

    private static byte[] and(byte[] left, byte[] right) {
        byte[] result = new byte[left.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (byte) (left[i] & right[i]);
        }
        return result;
    }

    private static byte[] prefix(int length, int bits) {
        byte[] mask = new byte[length];
        for (int i = 0; i < bits; i++) {
            mask[i / 8] |= (byte) (0x80 >> (i % 8));
        }
        return mask;
    }

    private static byte[] unmapped(byte[] address) {
        boolean mapped = address.length == 16 && address[10] == -1 && address[11] == -1;
        for (int i = 0; i < 10 && mapped; i++) {
            mapped = address[i] == 0;
        }
        return mapped ? Arrays.copyOfRange(address, 12, 16) : address;
    }
}
