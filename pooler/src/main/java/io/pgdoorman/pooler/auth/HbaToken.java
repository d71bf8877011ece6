package io.pgdoorman.pooler.auth;

import java.util.ArrayList;
import java.util.List;

/// One word of a rule; a quoted word is a name, never a keyword.
record HbaToken(String text, boolean quoted) {
    boolean isKeyword(String keyword) {
        return !quoted && text.equals(keyword);
    }

    /// Splits a line into fields of comma-separated words, by PostgreSQL's rules: `#` begins a comment, double quotes
    /// keep blanks, commas and `#` in a word, and two of them inside quotes stand for one.
    static List<List<HbaToken>> fields(String line) throws HbaSyntax {
        return new Scan(line).fields();
    }

    /// One walk over a line.
    private static final class Scan {
        private final String line;
        private final List<List<HbaToken>> fields = new ArrayList<>();
        private int at;

        Scan(String line) {
            this.line = line;
        }

        List<List<HbaToken>> fields() throws HbaSyntax {
            boolean continues = false;
            while (true) {
                skipBlanks();
                if (at == line.length() || line.charAt(at) == '#') {
                    if (continues) {
                        throw new HbaSyntax("a list ends with a comma");
                    }
                    return fields;
                }
                HbaToken token = word();
                if (!continues) {
                    fields.add(new ArrayList<>());
                }
                fields.getLast().add(token);
                continues = at < line.length() && line.charAt(at) == ',';
                if (continues) {
                    at++;
                }
            }
        }

        private HbaToken word() throws HbaSyntax {
            StringBuilder text = new StringBuilder();
            int start = at;
            boolean inQuotes = false;
            boolean quoted = false;
            for (; at < line.length(); at++) {
                char c = line.charAt(at);
                if (!inQuotes && (isBlank(c) || c == ',' || c == '#')) {
                    break;
                }
                if (c != '"') {
                    text.append(c);
                } else if (inQuotes && at + 1 < line.length() && line.charAt(at + 1) == '"') {
                    text.append('"');
                    at++;
                } else {
                    inQuotes = !inQuotes;
                    quoted = true;
                }
            }
            if (inQuotes) {
                throw new HbaSyntax("a double quote is not closed");
            }
            if (at == start) {
                throw new HbaSyntax("a word is missing before \",\"");
            }
            return new HbaToken(text.toString(), quoted);
        }

        private void skipBlanks() {
            while (at < line.length() && isBlank(line.charAt(at))) {
                at++;
            }
        }

        private static boolean isBlank(char c) {
            return c == ' ' || c == '\t' || c == '\r';
        }
    }
}
