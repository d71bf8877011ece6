package io.pgdoorman.pooler.auth;

import java.text.Normalizer;
import java.util.Optional;
import java.util.PrimitiveIterator;

/// SASLprep (RFC 4013) in PostgreSQL's reading: pure ASCII passes untouched, and what is refused is used as raw bytes.
final class SaslPrep {
    private SaslPrep() {}

    /// The prepared text, or empty where the profile prohibits it.
    static Optional<String> prepare(String text) {
        if (text.chars().allMatch(c -> c < 0x80)) {
            return Optional.of(text);
        }
        if (hasLoneSurrogate(text)) {
            return Optional.empty();
        }
        String mapped = map(text);
        if (mapped.isEmpty()) {
            return Optional.empty();
        }
        String normal = Normalizer.normalize(mapped, Normalizer.Form.NFKC);
        boolean allowed = normal.codePoints()
                .noneMatch(c -> StringPrepTables.PROHIBITED.contains(c) || StringPrepTables.UNASSIGNED.contains(c));
        return allowed && isOneDirection(normal) ? Optional.of(normal) : Optional.empty();
    }

    private static String map(String text) {
        StringBuilder mapped = new StringBuilder(text.length());
        PrimitiveIterator.OfInt points = text.codePoints().iterator();
        while (points.hasNext()) {
            int c = points.nextInt();
            // U+200B is in both tables: PostgreSQL asks for spaces first.
            if (StringPrepTables.SPACE.contains(c)) {
                mapped.append(' ');
            } else if (!StringPrepTables.NOTHING.contains(c)) {
                mapped.appendCodePoint(c);
            }
        }
        return mapped.toString();
    }

    /// RFC 3454 section 6: right-to-left text has no left-to-right letter and begins and ends right-to-left.
    private static boolean isOneDirection(String text) {
        if (text.codePoints().noneMatch(StringPrepTables.RIGHT_TO_LEFT::contains)) {
            return true;
        }
        return text.codePoints().noneMatch(StringPrepTables.LEFT_TO_RIGHT::contains)
                && StringPrepTables.RIGHT_TO_LEFT.contains(text.codePointAt(0))
                && StringPrepTables.RIGHT_TO_LEFT.contains(text.codePointBefore(text.length()));
    }

    private static boolean hasLoneSurrogate(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
