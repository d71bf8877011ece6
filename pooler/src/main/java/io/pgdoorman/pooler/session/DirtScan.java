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

    private DirtScan() {}

    /// The dirt that the text in `from..end` may leave, and [#ONLY_SET_LOCAL].
    public static int scan(ByteBuf buf, int from, int end) {
        int found = 0;
        int last = end - 4;
        for (int i = from; i <= last; i++) {
            switch (buf.getByte(i) | 0x20) {
                case 's' -> found |= matches(buf, i, end, SET_CONFIG) ? Dirt.SETTINGS : 0;
                case 'a' -> found |= matches(buf, i, end, ADVISORY_LOCK) ? Dirt.LOCKS : 0;
                case 't' -> found |= matches(buf, i, end, TEMP) ? Dirt.TEMP : 0;
                case 'h' -> found |= matches(buf, i, end, HOLD) ? Dirt.CURSORS : 0;
                default -> {}
            }
        }
        return isOneSetLocal(buf, from, end) ? found | ONLY_SET_LOCAL : found;
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
