package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Finds in a query's text what its CommandComplete tag does not tell: `set_config`, advisory locks, temporary objects
/// and cursors that outlive the transaction.
///
/// A word inside a literal or a comment counts too: a false alarm costs one reset, a miss would show one client's state
/// to the next. What a function does inside PostgreSQL stays unseen, as it does for every pooler.
public final class DirtScan {
    /// Beside the bits of [Dirt]: the text is one SET LOCAL and nothing else. Its tag is that of SET, but the
    /// transaction's
    /// end takes its effect away.
    public static final int ONLY_SET_LOCAL = 1 << 8;

    private static final byte[] SET_CONFIG = ascii("set_config");
    private static final byte[] SET = ascii("set");
    private static final byte[] LOCAL = ascii("local");
    private static final byte[] ADVISORY_LOCK = ascii("advisory_lock");
    private static final byte[] TEMP = ascii("temp");
    private static final byte[] HOLD = ascii("hold");

    private static final long LOW_BITS = 0x7f7f7f7f7f7f7f7fL;
    private static final long FOLD = 0x2020202020202020L;
    private static final long UNDERSCORES = 0x7f7f7f7f7f7f7f7fL; // '_' folded
    private static final long PS = 0x7070707070707070L;
    private static final long DS = 0x6464646464646464L;

    private DirtScan() {}

    /// The dirt that the text in `from..end` may leave, and [#ONLY_SET_LOCAL].
    ///
    /// Looks at eight bytes at once for the rarest letter of each word: every simple query pays for this.
    public static int scan(ByteBuf buf, int from, int end) {
        int found = 0;
        int at = from;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long folded = buf.getLong(at) | FOLD;
            long hits = zeroBytes(folded ^ UNDERSCORES) | zeroBytes(folded ^ PS) | zeroBytes(folded ^ DS);
            while (hits != 0) {
                int bit = Long.numberOfLeadingZeros(hits);
                found |= wordAround(buf, from, at + bit / Byte.SIZE, end);
                hits ^= Long.MIN_VALUE >>> bit;
            }
        }
        for (; at < end; at++) {
            found |= wordAround(buf, from, at, end);
        }
        return isOneSetLocal(buf, from, end) ? found | ONLY_SET_LOCAL : found;
    }

    /// The highest bit of each byte that is zero, and no other bit.
    private static long zeroBytes(long bytes) {
        return ~(((bytes & LOW_BITS) + LOW_BITS) | bytes | LOW_BITS);
    }

    /// The dirt of the word whose rarest letter may be at `at`.
    private static int wordAround(ByteBuf buf, int from, int at, int end) {
        return switch (buf.getByte(at)) {
            case '_' ->
                (contains(buf, from, at - 3, end, SET_CONFIG) ? Dirt.SETTINGS : 0)
                        | (contains(buf, from, at - 8, end, ADVISORY_LOCK) ? Dirt.LOCKS : 0);
            case 'p', 'P' -> contains(buf, from, at - 3, end, TEMP) ? Dirt.TEMP : 0;
            case 'd', 'D' -> contains(buf, from, at - 3, end, HOLD) ? Dirt.CURSORS : 0;
            default -> 0;
        };
    }

    private static boolean contains(ByteBuf buf, int from, int at, int end, byte[] word) {
        return at >= from && starts(buf, at, end, word);
    }

    private static boolean isOneSetLocal(ByteBuf buf, int from, int end) {
        int at = afterSpace(buf, from, end);
        if (!starts(buf, at, end, SET)) {
            return false;
        }
        int word = afterSpace(buf, at + SET.length, end);
        if (word == at + SET.length || !starts(buf, word, end, LOCAL)) {
            return false;
        }
        int semicolon = buf.indexOf(word, end, (byte) ';');
        if (semicolon < 0) {
            return true;
        }
        int rest = afterSpace(buf, semicolon + 1, end);
        return rest == end || buf.getByte(rest) == 0;
    }

    private static int afterSpace(ByteBuf buf, int from, int end) {
        int at = from;
        while (at < end && Character.isWhitespace(buf.getByte(at))) {
            at++;
        }
        return at;
    }

    private static boolean starts(ByteBuf buf, int at, int end, byte[] word) {
        return at < end && (buf.getByte(at) | 0x20) == word[0] && matches(buf, at, end, word);
    }

    private static boolean matches(ByteBuf buf, int at, int end, byte[] word) {
        if (end - at < word.length) {
            return false;
        }
        for (int i = 1; i < word.length; i++) {
            int c = buf.getByte(at + i);
            // '_' and ' ' have no upper case; letters are folded.
            if (c != word[i] && (c | 0x20) != word[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
