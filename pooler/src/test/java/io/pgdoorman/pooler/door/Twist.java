package io.pgdoorman.pooler.door;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/// How bytes are spoilt: a few changes that a seed decides, of the kinds that parsers of lengths, texts and records
/// get wrong.
final class Twist {
    /// Lengths at which something begins or ends: of headers, of startup packets, of login messages, of integers.
    private static final int[] LENGTHS = {
        0,
        1,
        3,
        4,
        5,
        7,
        8,
        9,
        12,
        16,
        255,
        256,
        4096,
        9999,
        10_000,
        10_001,
        16_384,
        16_385,
        65_535,
        0x7fff_ffff,
        0x8000_0000,
        -1,
        -4,
        80_877_102,
        80_877_103,
        80_877_104,
        0x30000,
        0x30002,
        0x20000
    };

    private static final byte[] BYTES = {0, 1, 4, 0x15, 0x16, 0x17, '=', ',', 'n', 'y', 'p', 'Q', 'X', 0x7f, -128, -1};
    private static final int LONGEST = 40_000;

    private Twist() {}

    static byte[] of(byte[] meant, long seed) {
        var random = new Random(seed);
        byte[] bytes = meant;
        for (int n = 1 + random.nextInt(1 + random.nextInt(4)); n > 0; n--) {
            bytes = once(bytes, random);
        }
        return bytes;
    }

    private static byte[] once(byte[] in, Random random) {
        int at = random.nextInt(in.length + 1);
        int to = Math.min(in.length, at + 1 + random.nextInt(1 << random.nextInt(8)));
        byte[] bytes = in.clone();
        return switch (random.nextInt(9)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> joined(bytes, at, random(random), at);
            case 2 -> joined(bytes, at, new byte[0], to);
            case 3 -> repeated(bytes, at, to, random);
            case 4 -> joined(bytes, at, new byte[] {BYTES[random.nextInt(BYTES.length)]}, at);
            case 5, 6 -> {
                int length = LENGTHS[random.nextInt(LENGTHS.length)];
                for (int i = 0; i < Integer.BYTES && at + i < bytes.length; i++) {
                    bytes[at + i] = (byte) (length >>> (8 * (3 - i)));
                }
                yield bytes;
            }
            case 7 -> {
                if (at < bytes.length) {
                    bytes[at] = BYTES[random.nextInt(BYTES.length)];
                }
                yield bytes;
            }
            default -> {
                if (at < bytes.length) {
                    bytes[at] ^= (byte) (1 << random.nextInt(8));
                }
                yield bytes;
            }
        };
    }

    private static byte[] repeated(byte[] in, int at, int to, Random random) {
        var out = new ByteArrayOutputStream();
        out.write(in, 0, to);
        for (int n = 1 << random.nextInt(12); n > 0 && out.size() < LONGEST; n--) {
            out.write(in, at, to - at);
        }
        out.write(in, to, in.length - to);
        return out.toByteArray();
    }

    private static byte[] random(Random random) {
        var bytes = new byte[1 << random.nextInt(14)];
        random.nextBytes(bytes);
        return bytes;
    }

    /// Up to `at`, then `middle`, then from `to` on.
    private static byte[] joined(byte[] in, int at, byte[] middle, int to) {
        var out = new ByteArrayOutputStream();
        out.write(in, 0, at);
        out.writeBytes(middle);
        out.write(in, to, in.length - to);
        return out.toByteArray();
    }
}
