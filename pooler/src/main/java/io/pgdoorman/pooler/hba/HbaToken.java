package io.pgdoorman.pooler.hba;

import java.util.ArrayList;
import java.util.List;

/// One word of a rule.
///
/// @param quoted whether it begins with a double quote: then it is a name, never a keyword, a `+role` or a
/// `@file`
record HbaToken(String text, boolean quoted) {
    boolean isKeyword(String keyword) {
        return !quoted && text.equals(keyword);
    }

    /// Whether the words of a file stand for it.
    boolean isFile() {
        return !quoted && text.length() > 1 && text.charAt(0) == '@';
    }

    /// Splits a line into fields of comma-separated words, exactly as PostgreSQL does (`next_token` in
    /// `src/backend/libpq/hba.c`): blanks and commas before a word do not count, `#` begins a comment even
    /// inside a word, quotes keep blanks, commas and `#`, two of them inside quotes stand for one, and a
    /// quote that is left open ends with the line.
    static List<List<HbaToken>> fields(String line) {
        return new Scan(line).fields();
    }

    /// One walk over a line.
    private static final class Scan {
        private final String line;
        private final StringBuilder word = new StringBuilder();
        private int at;
        private boolean sawQuote;
        private boolean quoteFirst;
        private boolean commaAfter;

        Scan(String line) {
            this.line = line;
        }

        List<List<HbaToken>> fields() {
            List<List<HbaToken>> fields = new ArrayList<>();
            boolean continues = false;
            while (next()) {
                if (!continues) {
                    fields.add(new ArrayList<>());
                }
                fields.getLast().add(new HbaToken(word.toString(), quoteFirst));
                continues = commaAfter;
            }
            return fields;
        }

        /// Reads the next word; false at the end of the line.
        private boolean next() {
            word.setLength(0);
            sawQuote = false;
            quoteFirst = false;
            commaAfter = false;
            while (at < line.length() && (isBlank(line.charAt(at)) || line.charAt(at) == ',')) {
                at++;
            }
            readWord();
            return sawQuote || !word.isEmpty();
        }

        private void readWord() {
            boolean inQuotes = false;
            boolean maybeDoubled = false;
            for (; at < line.length() && (inQuotes || !isBlank(line.charAt(at))); at++) {
                char c = line.charAt(at);
                if (c == '#' && !inQuotes) {
                    at = line.length();
                    return;
                }
                if (c == ',' && !inQuotes) {
                    commaAfter = true;
                    at++;
                    return;
                }
                if (c != '"' || maybeDoubled) {
                    word.append(c);
                }
                maybeDoubled = inQuotes && c == '"' && !maybeDoubled;
                if (c == '"') {
                    inQuotes = !inQuotes;
                    sawQuote = true;
                    quoteFirst |= word.isEmpty();
                }
            }
        }

        private static boolean isBlank(char c) {
            return c == ' ' || c == '\t' || c == '\r';
        }
    }
}
