package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.util.Locale;
import java.util.Set;

/// How many parameters PostgreSQL finds in a statement that it analyses when it parses it: as many as the highest
/// number behind a `$` (variable_paramref_hook in its parse_param.c).
public final class TextParameters {
    public static final int UNKNOWN = -1;

    /// Of the others some hold what is analysed only when they run, and what is in those has no parameters yet.
    private static final Set<String> ANALYSED =
            Set.of("select", "values", "table", "insert", "update", "delete", "merge", "with", "call");

    private static final int MOST = 65_535;

    private TextParameters() {}

    /// Of the text in `from..end`; a NUL ends it too.
    public static int in(ByteBuf text, int from, int end) {
        var tokens = new SqlTokens(text, from, end, false);
        int token = tokens.next();
        while (token == SqlTokens.SYMBOL && (tokens.symbol() == ';' || tokens.symbol() == '(')) {
            token = tokens.next();
        }
        if (token != SqlTokens.WORD || !ANALYSED.contains(tokens.text().toLowerCase(Locale.ROOT))) {
            return UNKNOWN;
        }
        int highest = 0;
        while ((token = tokens.next()) != SqlTokens.END) {
            if (token == SqlTokens.SYMBOL && tokens.symbol() == '$') {
                highest = Math.max(highest, number(text, tokens.from() + 1, tokens.to()));
            }
        }
        return tokens.isAmbiguous() ? UNKNOWN : highest;
    }

    private static int number(ByteBuf text, int from, int to) {
        int number = 0;
        for (int at = from; at < to && number <= MOST; at++) {
            int digit = text.getByte(at) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}
