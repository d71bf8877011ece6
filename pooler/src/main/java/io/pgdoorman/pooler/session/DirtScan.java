package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Finds in a query's text what its CommandComplete tag does not tell: `set_config`, advisory locks, temporary objects
/// and cursors that outlive the transaction.
///
/// A word inside a literal or a comment counts too: a false alarm costs one reset, a miss would show one client's state
/// to the next. What a function does inside PostgreSQL stays unseen, as it does for every pooler.
public final class DirtScan {
    /// Beside the bits of [Dirt]: how often `SET LOCAL` was seen, since its tag is that of SET.
    public static final int LOCAL_SHIFT = 8;

    private static final byte[] SET_CONFIG = ascii("set_config");
    private static final byte[] SET_LOCAL = ascii("set local");
    private static final byte[] ADVISORY_LOCK = ascii("advisory_lock");
    private static final byte[] TEMP = ascii("temp");
    private static final byte[] HOLD = ascii("hold");

    private DirtScan() {}

    /// The dirt that the text in `from..end` may leave, and above [#LOCAL_SHIFT] the number of its SET LOCAL.
    public static int scan(ByteBuf buf, int from, int end) {
        int found = 0;
        int last = end - 4;
        for (int i = from; i <= last; i++) {
            switch (buf.getByte(i) | 0x20) {
                case 's' -> {
                    found += matches(buf, i, end, SET_LOCAL) ? 1 << LOCAL_SHIFT : 0;
                    found |= matches(buf, i, end, SET_CONFIG) ? Dirt.SETTINGS : 0;
                }
                case 'a' -> found |= matches(buf, i, end, ADVISORY_LOCK) ? Dirt.LOCKS : 0;
                case 't' -> found |= matches(buf, i, end, TEMP) ? Dirt.TEMP : 0;
                case 'h' -> found |= matches(buf, i, end, HOLD) ? Dirt.CURSORS : 0;
                default -> {}
            }
        }
        return found;
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
