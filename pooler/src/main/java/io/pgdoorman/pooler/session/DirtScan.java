package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// Finds in a query's text what its CommandComplete tag does not tell: `set_config`, advisory locks, temporary objects,
/// cursors that outlive the transaction, sequences; and of a SET how far it reaches.
///
/// Every simple query pays for this, so the text is searched for a few suspicious words first, eight bytes at once; one
/// that has such a word, or begins with one, is read statement by statement. What a function or procedure does inside
/// PostgreSQL stays unseen, as it does for every pooler.
public final class DirtScan {
    /// Beside the bits of [Dirt]: the text has SETs, and the transaction's end takes back what they set.
    public static final int ONLY_SET_LOCAL = 1 << 8;

    /// The text has SETs, and all are local or of parameters that PostgreSQL reports.
    public static final int ONLY_SET_REPORTED = 1 << 9;

    /// A RESET, DISCARD ALL or SET … TO DEFAULT is among the statements.
    public static final int RESETS = 1 << 10;

    /// A rollback may not take back what is left: part of it may have been committed before.
    public static final int LASTS = 1 << 11;

    /// The text has SETs, and it is known what they set beside what PostgreSQL reports.
    public static final int SETS_KNOWN = 1 << 12;

    /// Statements may be named that somebody prepared, see [NamedInText].
    public static final int NAMES = 1 << 13;

    /// The code of DO and CALL was looked at.
    public static final int CODE_SEEN = 1 << 14;

    private static final byte[] SET_CONFIG = ascii("set_config");
    private static final byte[] ADVISORY_LOCK = ascii("advisory_lock");
    private static final byte[] TEMP = ascii("temp");
    private static final byte[] HOLD = ascii("hold");
    private static final byte[] NEXTVAL = ascii("nextval");
    private static final byte[] EXECUTE = ascii("execute");
    private static final byte[] DEALLOCATE = ascii("deallocate");
    private static final byte[] PREPARE = ascii("prepare");

    /// A shorter BEGIN has nothing behind it that could set anything.
    private static final int MIN_BEGIN_AND_SET = 16;

    private static final long LOW_BITS = 0x7f7f7f7f7f7f7f7fL;
    private static final long FOLD = 0x2020202020202020L;
    private static final long FOLD_PX = 0x0808080808080808L;
    private static final long UNDERSCORES = 0x7f7f7f7f7f7f7f7fL; // '_' folded
    private static final long XS = 0x7878787878787878L; // 'p' and 'x' folded
    private static final long DS = 0x6464646464646464L;

    private DirtScan() {}

    /// The dirt that the text in `from..end` may leave, and flags.
    public static int scan(ByteBuf buf, int from, int end) {
        return isSuspicious(buf, from, end) || beginsSuspiciously(buf, from, end)
                ? StatementWalk.of(buf, from, end)
                : Dirt.NONE;
    }

    /// [#NAMES] if the text names prepared statements. Quicker than [#scan] where it does not.
    public static int names(ByteBuf buf, int from, int end) {
        return isSuspicious(buf, from, end) && !NamedInText.of(buf, from, end).isEmpty() ? NAMES : 0;
    }

    /// The parameters that a text with [#RESETS] resets.
    public static Resets resets(ByteBuf buf, int from, int end) {
        return StatementWalk.resets(buf, from, end);
    }

    /// The parameters that a text with [#SETS_KNOWN] sets, without those that PostgreSQL reports.
    public static Set<String> sets(ByteBuf buf, int from, int end) {
        return StatementWalk.sets(buf, from, end);
    }

    /// Looks at eight bytes at once for the rarest letter of each word.
    private static boolean isSuspicious(ByteBuf buf, int from, int end) {
        int at = from;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long folded = buf.getLong(at) | FOLD;
            long hits = zeroBytes(folded ^ UNDERSCORES) | zeroBytes((folded | FOLD_PX) ^ XS) | zeroBytes(folded ^ DS);
            while (hits != 0) {
                int bit = Long.numberOfLeadingZeros(hits);
                if (isWordAround(buf, from, at + bit / Byte.SIZE, end)) {
                    return true;
                }
                hits ^= Long.MIN_VALUE >>> bit;
            }
        }
        for (; at < end; at++) {
            if (isWordAround(buf, from, at, end)) {
                return true;
            }
        }
        return false;
    }

    /// The highest bit of each byte that is zero, and no other bit.
    private static long zeroBytes(long bytes) {
        return ~(((bytes & LOW_BITS) + LOW_BITS) | bytes | LOW_BITS);
    }

    /// Whether one of the words has its rarest letter at `at`.
    private static boolean isWordAround(ByteBuf buf, int from, int at, int end) {
        return switch (buf.getByte(at)) {
            case '_' -> contains(buf, from, at - 3, end, SET_CONFIG) || contains(buf, from, at - 8, end, ADVISORY_LOCK);
            case 'p', 'P' -> contains(buf, from, at - 3, end, TEMP) || starts(buf, at, end, PREPARE);
            case 'd', 'D' -> contains(buf, from, at - 3, end, HOLD) || starts(buf, at, end, DEALLOCATE);
            case 'x', 'X' -> contains(buf, from, at - 2, end, NEXTVAL) || contains(buf, from, at - 1, end, EXECUTE);
            default -> false;
        };
    }

    /// Whether the first word may be SET, RESET, DISCARD, DO, CALL, or a BEGIN with something behind it.
    private static boolean beginsSuspiciously(ByteBuf buf, int from, int end) {
        int at = SqlTokens.afterBlank(buf, from, end);
        if (end - at < 3) {
            return false;
        }
        int first = buf.getByte(at) | 0x20;
        int second = buf.getByte(at + 1) | 0x20;
        return switch (first) {
            case 's' -> second == 't' || (second == 'e' && (buf.getByte(at + 2) | 0x20) == 't');
            case 'r' -> second == 'e';
            case 'd' -> second == 'o' || second == 'i';
            case 'c' -> second == 'a';
            case 'b' -> end - at > MIN_BEGIN_AND_SET;
            default -> false;
        };
    }

    private static boolean contains(ByteBuf buf, int from, int at, int end, byte[] word) {
        return at >= from && starts(buf, at, end, word);
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
