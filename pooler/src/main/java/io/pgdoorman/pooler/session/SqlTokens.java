package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Walks over a text as PostgreSQL's scanner does: comments, literals, dollar quotes and quoted names are what
/// they are, so that a word inside them is none (PostgreSQL manual, "Lexical Structure"). Makes no objects of
/// what it finds.
final class SqlTokens {
    static final int END = 0;
    static final int WORD = 1;
    static final int QUOTED = 2;
    static final int STRING = 3;
    static final int SYMBOL = 4;

    private final ByteBuf buf;
    private final int end;
    private final boolean backslashes;
    private int at;
    private int from;
    private int to;
    private boolean sawBackslash;

    /// @param end of the text; a NUL ends it too
    /// @param backslashes whether plain literals know escapes, as with standard_conforming_strings off
    SqlTokens(ByteBuf buf, int from, int end, boolean backslashes) {
        this.buf = buf;
        this.at = from;
        this.end = end;
        this.backslashes = backslashes;
    }

    /// Where the text goes on after white space and comments.
    static int afterBlank(ByteBuf buf, int from, int end) {
        if (from < end && isWordStart(buf.getByte(from))) {
            return from;
        }
        var tokens = new SqlTokens(buf, from, end, false);
        tokens.skipBlank();
        return tokens.at;
    }

    /// The next token's kind; where it lies is told by [#from()] and [#to()], quotes left out.
    int next() {
        skipBlank();
        if (at >= end || buf.getByte(at) == 0) {
            return END;
        }
        from = at;
        int c = buf.getByte(at);
        if (isWordStart(c)) {
            return word();
        }
        return switch (c) {
            case '\'' -> quoted('\'', backslashes, STRING);
            case '"' -> quoted('"', false, QUOTED);
            case '$' -> dollar();
            default -> {
                if (c >= '0' && c <= '9') {
                    skipWord();
                } else {
                    at++;
                }
                to = at;
                yield SYMBOL;
            }
        };
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /// The last token in letters.
    String text() {
        return buf.toString(from, to - from, StandardCharsets.UTF_8);
    }

    /// The first byte of the last token.
    int symbol() {
        return buf.getByte(from);
    }

    /// Whether a plain literal held a backslash, so that its end depends on standard_conforming_strings.
    boolean isAmbiguous() {
        return sawBackslash;
    }

    /// Whether the last token is this word; `lower` is in lower case.
    boolean is(byte[] lower) {
        if (to - from != lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            int c = buf.getByte(from + i);
            if (c != lower[i] && (c < 'A' || c > 'Z' || c + 0x20 != lower[i])) {
                return false;
            }
        }
        return true;
    }

    private int word() {
        skipWord();
        to = at;
        boolean isPrefix = to - from == 1 && at < end && buf.getByte(at) == '\'';
        if (!isPrefix) {
            return WORD;
        }
        boolean escapes = (buf.getByte(from) | 0x20) == 'e';
        return quoted('\'', escapes, STRING);
    }

    private void skipWord() {
        while (at < end && isWordPart(buf.getByte(at))) {
            at++;
        }
    }

    private int quoted(char quote, boolean escapes, int kind) {
        int c;
        from = ++at;
        while (at < end && (c = buf.getByte(at)) != 0) {
            if (c == quote) {
                to = at++;
                if (at >= end || buf.getByte(at) != quote) {
                    return kind;
                }
            } else if (c == '\\' && quote == '\'') {
                sawBackslash |= !escapes || backslashes;
                at += escapes && at + 1 < end ? 1 : 0;
            }
            at++;
        }
        to = at;
        return kind;
    }

    /// `$tag$ … $tag$`, or a parameter's number.
    private int dollar() {
        int tagEnd = at + 1;
        while (tagEnd < end && buf.getByte(tagEnd) != '$' && isWordPart(buf.getByte(tagEnd))) {
            tagEnd++;
        }
        boolean isNumber = tagEnd > at + 1 && buf.getByte(at + 1) >= '0' && buf.getByte(at + 1) <= '9';
        if (tagEnd >= end || buf.getByte(tagEnd) != '$' || isNumber) {
            at = isNumber ? tagEnd : at + 1;
            to = at;
            return SYMBOL;
        }
        int tag = at;
        int length = tagEnd + 1 - at;
        from = tagEnd + 1;
        for (to = from; to + length <= end; to++) {
            if (buf.getByte(to) == '$' && equal(tag, to, length)) {
                at = to + length;
                return STRING;
            }
        }
        to = end;
        at = end;
        return STRING;
    }

    private boolean equal(int one, int other, int length) {
        for (int i = 0; i < length; i++) {
            if (buf.getByte(one + i) != buf.getByte(other + i)) {
                return false;
            }
        }
        return true;
    }

    private void skipBlank() {
        while (at < end) {
            int c = buf.getByte(at);
            int second = at + 1 < end ? buf.getByte(at + 1) : 0;
            if (c == ' ' || (c >= '\t' && c <= '\r')) {
                at++;
            } else if (c == '-' && second == '-') {
                skipLine();
            } else if (c == '/' && second == '*') {
                skipComment();
            } else {
                return;
            }
        }
    }

    private void skipLine() {
        while (at < end && buf.getByte(at) != '\n' && buf.getByte(at) != '\r') {
            at++;
        }
    }

    /// Comments nest.
    private void skipComment() {
        int depth = 0;
        do {
            int c = buf.getByte(at);
            int second = at + 1 < end ? buf.getByte(at + 1) : 0;
            if (c == '/' && second == '*') {
                depth++;
                at += 2;
            } else if (c == '*' && second == '/') {
                depth--;
                at += 2;
            } else {
                at++;
            }
        } while (depth > 0 && at < end);
    }

    private static boolean isWordStart(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c < 0;
    }

    private static boolean isWordPart(int c) {
        return isWordStart(c) || (c >= '0' && c <= '9') || c == '$';
    }
}
