package io.pgdoorman.pooler.hba;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Addresses that are equal under a mask; never asks a name server. IPv4 and IPv6 are two worlds, as in
/// PostgreSQL: `::ffff:10.0.0.1` fits no IPv4 client.
final class Network {
    /// Java reads `::10.0.0.010`, the C library does not.
    private static final Pattern OCTAL_TAIL = Pattern.compile("[:.]0[0-9]+(\\.|$)");

    private final byte[] address;
    private final byte[] mask;

    private Network(byte[] address, byte[] mask) {
        this.address = and(address, mask);
        this.mask = mask;
    }

    /// `10.0.0.0/8`, `fd00::/8`; null when what stands before the slash is no address.
    static @Nullable Network ofCidr(String text) throws HbaSyntax {
        int slash = text.indexOf('/');
        byte[] address = literal(text.substring(0, slash));
        if (address == null) {
            return null;
        }
        String digits = text.substring(slash + 1);
        int most = address.length * 8;
        int bits = digits.matches("\\s*[+-]?[0-9]{1,5}") ? Integer.parseInt(digits.strip()) : -1;
        if (bits < 0 || bits > most) {
            throw new HbaSyntax("invalid CIDR mask in address \"" + text + "\": expected 0 to " + most);
        }
        return new Network(address, prefix(address.length, bits));
    }

    /// An address and a mask in two words.
    static Network ofMask(byte[] address, String addressText, String maskText) throws HbaSyntax {
        byte[] mask = literal(maskText);
        if (mask == null) {
            throw new HbaSyntax("invalid IP mask \"" + maskText + "\"");
        }
        if (mask.length != address.length) {
            throw new HbaSyntax("IP address and mask do not match: \"" + addressText + "\" and \"" + maskText + "\"");
        }
        return new Network(address, mask);
    }

    static Network of(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        return new Network(bytes, prefix(bytes.length, bits));
    }

    boolean contains(InetAddress candidate) {
        byte[] bytes = candidate.getAddress();
        return bytes.length == address.length && Arrays.equals(and(bytes, mask), address);
    }

    /// Address and mask in the usual notation.
    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(address).getHostAddress() + " "
                    + InetAddress.getByAddress(mask).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // 4 or 16 bytes
        }
    }

    /// The bytes of the address that a text stands for; null for anything else, such as a host name. IPv4
    /// also in the short and the octal and hexadecimal forms that the C library takes (`127.1`); a zone
    /// (`%eth0`) does not count.
    static byte @Nullable [] literal(String text) {
        return text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
    }

    private static byte @Nullable [] ipv6(String text) {
        int zone = text.indexOf('%');
        String plain = zone < 0 ? text : text.substring(0, zone);
        if (text.indexOf('/') >= 0
                || OCTAL_TAIL.matcher(plain).find()
                || !plain.chars().allMatch(c -> (c < 0x80 && Character.digit(c, 16) >= 0) || c == '.' || c == ':')) {
            return null;
        }
        try {
            var address = InetAddress.ofLiteral(plain);
            if (zone >= 0 && !isZone(text.substring(zone + 1), address)) {
                return null;
            }
            byte[] bytes = address.getAddress();
            return bytes.length == 16 ? bytes : mapped(bytes);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// As the C library: a number, or the name of a network where addresses belong to one.
    private static boolean isZone(String zone, InetAddress address) {
        return zone.matches("[0-9]{1,9}")
                || (!zone.isEmpty() && (address.isLinkLocalAddress() || address.isMCLinkLocal()));
    }

    private static byte[] mapped(byte[] ipv4) {
        byte[] bytes = new byte[16];
        bytes[10] = -1;
        bytes[11] = -1;
        System.arraycopy(ipv4, 0, bytes, 12, 4);
        return bytes;
    }

    private static byte @Nullable [] ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > 4) {
            return null;
        }
        long value = 0;
        for (int i = 0; i < parts.length; i++) {
            long part = number(parts[i]);
            boolean last = i == parts.length - 1;
            long most = last ? (1L << (8 * (5 - parts.length))) - 1 : 255;
            if (part < 0 || part > most) {
                return null;
            }
            value |= last ? part : part << (24 - 8 * i);
        }
        return new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value};
    }

    /// A number as C reads it: 0x is hexadecimal, a leading zero octal; -1 for anything else.
    private static long number(String text) {
        try {
            if (text.matches("0[xX][0-9a-fA-F]{1,8}")) {
                return Long.parseLong(text.substring(2), 16);
            }
            if (text.matches("0[0-7]{1,11}")) {
                return Long.parseLong(text, 8);
            }
            return text.matches("[1-9][0-9]{0,9}|0") ? Long.parseLong(text) : -1;
        } catch (NumberFormatException _) {
            return -1;
        }
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
}
