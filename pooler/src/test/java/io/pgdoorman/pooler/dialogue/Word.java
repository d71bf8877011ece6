package io.pgdoorman.pooler.dialogue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// One word of a script line: bare (`sync`, `12`), or quoted (`"select 1"`), where `\n \t \0 \\ \"` and `\xff`
/// stand for bytes.
///
/// @param text what it means, as text
/// @param bytes what it means, in UTF-8 but for `\xff`
@SuppressWarnings("ArrayRecordComponent") // never compared
record Word(String text, byte[] bytes, boolean quoted) {
    boolean isBare(String wanted) {
        return !quoted && text.equals(wanted);
    }

    int number() {
        return Integer.parseInt(text);
    }

    /// The words of one line.
    static List<Word> of(String line) {
        List<Word> words = new ArrayList<>();
        int at = 0;
        while (at < line.length()) {
            char c = line.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '"') {
                int end = closing(line, at);
                words.add(quoted(line.substring(at + 1, end)));
                at = end + 1;
            } else {
                int end = at;
                while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
                    end++;
                }
                String bare = line.substring(at, end);
                words.add(new Word(bare, bare.getBytes(StandardCharsets.UTF_8), false));
                at = end;
            }
        }
        return words;
    }

    /// The parts of a line between `|`, those in quotes left alone.
    static List<String> parts(String line) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < line.length(); at++) {
            if (line.charAt(at) == '"') {
                at = closing(line, at);
            } else if (line.charAt(at) == '|') {
                parts.add(line.substring(from, at).strip());
                from = at + 1;
            }
        }
        parts.add(line.substring(from).strip());
        parts.removeIf(String::isEmpty);
        return parts;
    }

    /// A text as it stands in a script.
    static String quote(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\t", "\\t")
                + '"';
    }

    private static int closing(String line, int open) {
        for (int at = open + 1; at < line.length(); at++) {
            if (line.charAt(at) == '\\') {
                at++;
            } else if (line.charAt(at) == '"') {
                return at;
            }
        }
        throw new IllegalArgumentException("no closing quote in: " + line);
    }

    private static Word quoted(String inner) {
        var bytes = new ByteArrayOutputStream();
        int at = 0;
        while (at < inner.length()) {
            int next = inner.indexOf('\\', at);
            int stop = next < 0 ? inner.length() : next;
            bytes.writeBytes(inner.substring(at, stop).getBytes(StandardCharsets.UTF_8));
            at = stop;
            if (next >= 0) {
                char c = inner.charAt(next + 1);
                at += c == 'x' ? 4 : 2;
                bytes.write(c == 'x' ? HexFormat.fromHexDigits(inner, next + 2, next + 4) : escaped(c));
            }
        }
        return new Word(bytes.toString(StandardCharsets.UTF_8), bytes.toByteArray(), true);
    }

    private static int escaped(char c) {
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case '0' -> 0;
            case '\\', '"' -> c;
            default -> throw new IllegalArgumentException("unknown escape \\" + c);
        };
    }
}
