package io.pgdoorman.pooler.prepare;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A text that is one DEALLOCATE. It names a statement as its client does, and servers know it by another name, so that
/// the pooler must see to it.
public final class Deallocation {
    /// `DEALLOCATE name` of a driver is short; comments and several statements in one text are PostgreSQL's to read.
    private static final int MAX_LENGTH = 256;

    private static final Pattern DEALLOCATE = Pattern.compile(
            "\\s*deallocate\\s+(?:prepare\\s+)?(?:(all)|\"((?:[^\"]|\"\")+)\"|([a-z_\\x80-\\xff][a-z0-9_$\\x80-\\xff]*))\\s*;?\\s*",
            Pattern.CASE_INSENSITIVE);

    private final byte @Nullable [] name;

    private Deallocation(byte @Nullable [] name) {
        this.name = name;
    }

    /// The deallocation that the text at `from..end` is, or null.
    public static @Nullable Deallocation of(ByteBuf in, int from, int end) {
        if (end - from > MAX_LENGTH || !beginsLikeOne(in, from, end)) {
            return null;
        }
        var match = DEALLOCATE.matcher(in.toString(from, end - from, StandardCharsets.ISO_8859_1));
        if (!match.matches()) {
            return null;
        }
        if (match.group(1) != null) {
            return new Deallocation(null);
        }
        var quoted = match.group(2);
        var name = quoted == null ? match.group(3).toLowerCase(Locale.ROOT) : quoted.replace("\"\"", "\"");
        return new Deallocation(ClientStatements.kept(name.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /// Whether the first letters are those of DEALLOCATE: nearly no query's are, and nothing is made of one to look
    /// further.
    private static boolean beginsLikeOne(ByteBuf in, int from, int end) {
        int at = from;
        while (at < end && isSpace(in.getByte(at))) {
            at++;
        }
        return end - at > 2 && (in.getByte(at) | 0x20) == 'd' && (in.getByte(at + 1) | 0x20) == 'e';
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /// Which statement, or null for all.
    public byte @Nullable [] name() {
        return name;
    }

    /// PostgreSQL's tag for it.
    public String tag() {
        return name == null ? "DEALLOCATE ALL" : "DEALLOCATE";
    }
}
