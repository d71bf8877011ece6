package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A prepared statement that SQL names in a text.
///
/// @param verb what is done with it
/// @param name as PostgreSQL reads it, but for its length; bytes as Latin-1
public record NamedInText(Verb verb, String name) {
    private static final byte[] ALL = "all".getBytes(StandardCharsets.US_ASCII);

    /// What SQL does with prepared statements.
    public enum Verb {
        EXECUTE,
        DEALLOCATE,
        PREPARE;

        @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
        private final byte[] word = name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    private static final List<Verb> VERBS = List.of(Verb.values());

    /// What a text names, in its order. It may be too much, as EXECUTE FUNCTION of a trigger names none.
    public static List<NamedInText> of(ByteBuf buf, int from, int end) {
        var found = new ArrayList<NamedInText>();
        var tokens = new SqlTokens(buf, from, end, false);
        int token = tokens.next();
        while (token != SqlTokens.END) {
            var verb = token == SqlTokens.WORD ? verb(tokens) : null;
            token = tokens.next();
            if (verb == null) {
                continue;
            }
            if (verb == Verb.DEALLOCATE && token == SqlTokens.WORD && tokens.is(Verb.PREPARE.word)) {
                token = tokens.next();
            }
            boolean isAll = verb == Verb.DEALLOCATE && token == SqlTokens.WORD && tokens.is(ALL);
            if (!isAll && (token == SqlTokens.WORD || token == SqlTokens.QUOTED)) {
                found.add(new NamedInText(verb, identifier(buf, tokens, token)));
            }
        }
        return found;
    }

    /// Whether the last token is one of the verbs.
    static boolean isVerb(SqlTokens tokens) {
        return verb(tokens) != null;
    }

    private static @Nullable Verb verb(SqlTokens tokens) {
        for (int i = 0; i < VERBS.size(); i++) {
            if (tokens.is(VERBS.get(i).word)) {
                return VERBS.get(i);
            }
        }
        return null;
    }

    private static String identifier(ByteBuf buf, SqlTokens tokens, int token) {
        var text = buf.toString(tokens.from(), tokens.to() - tokens.from(), StandardCharsets.ISO_8859_1);
        return token == SqlTokens.QUOTED ? text.replace("\"\"", "\"") : lower(text);
    }

    /// PostgreSQL folds no more than ASCII in UTF-8.
    private static String lower(String text) {
        var folded = new StringBuilder(text);
        for (int i = 0; i < folded.length(); i++) {
            char c = folded.charAt(i);
            folded.setCharAt(i, c >= 'A' && c <= 'Z' ? (char) (c + 0x20) : c);
        }
        return folded.toString();
    }
}
