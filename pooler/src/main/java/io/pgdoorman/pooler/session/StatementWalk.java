package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads the statements of one text for what they leave in a session. Slower than the search of [DirtScan] for
/// suspicious words, so only a text in which one was found comes here.
final class StatementWalk {
    private static final byte[] SET = ascii("set");
    private static final byte[] RESET = ascii("reset");
    private static final byte[] DISCARD = ascii("discard");
    private static final byte[] DO = ascii("do");
    private static final byte[] CALL = ascii("call");
    private static final byte[] SESSION = ascii("session");
    private static final byte[] ALL = ascii("all");
    private static final byte[] TIME = ascii("time");
    private static final byte[] TO = ascii("to");
    private static final byte[] DEFAULT = ascii("default");
    private static final byte[] PG_TEMP = ascii("pg_temp");
    private static final byte[] HOLD = ascii("hold");
    private static final byte[] DROP = ascii("drop");
    private static final byte[] LANGUAGE = ascii("language");
    private static final byte[] PLPGSQL = ascii("plpgsql");
    private static final byte[] EXECUTE = ascii("execute");
    private static final byte[] LISTEN = ascii("listen");
    private static final byte[] SET_CONFIG = ascii("set_config");
    private static final byte[] TRUE = ascii("true");
    private static final List<byte[]> LOCAL = words("local", "transaction");
    private static final List<byte[]> TEMP = words("temp", "temporary");
    private static final List<byte[]> BEFORE_STATEMENT = words("begin", "then", "else", "loop");
    private static final List<byte[]> LOCKING =
            words("pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_lock_shared");
    private static final List<byte[]> COUNTING = words("nextval", "setval");

    /// Parameters that every PostgreSQL reports, so that what a server has is always known; SET TIME ZONE, SET NAMES.
    private static final List<byte[]> REPORTED = words(
            "timezone",
            "time",
            "application_name",
            "client_encoding",
            "names",
            "datestyle",
            "intervalstyle",
            "standard_conforming_strings");

    /// What no RESET of its name takes back, or what would disturb whoever takes it back for the next client.
    private static final Set<String> NOT_RESETTABLE = Set.of(
            "role",
            "session_authorization",
            "seed",
            "statement_timeout",
            "lock_timeout",
            "transaction_timeout",
            "idle_session_timeout",
            "idle_in_transaction_session_timeout",
            "client_connection_check_interval",
            "default_transaction_isolation",
            "default_transaction_read_only",
            "default_transaction_deferrable",
            "transaction_isolation",
            "transaction_read_only",
            "transaction_deferrable");

    private static final Pattern PLAIN_NAME = Pattern.compile("[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)*");

    private static final List<Before> BEFORE = List.of(Before.values());

    private final ByteBuf buf;
    private final SqlTokens tokens;
    private final boolean backslashes;
    private int token;
    private int found;
    private final List<String> resets = new ArrayList<>(0);
    private boolean resetsAll;
    private final List<String> settings = new ArrayList<>(0);
    private boolean setsOthers;
    private boolean sets;
    private boolean setsLocallyOnly = true;
    private boolean setsReportedOnly = true;

    // What is known of the statement so far.
    private boolean isCreating;
    private boolean isTemp;
    private Before before = Before.NOTHING;

    /// Words on which the meaning of the next one depends.
    private enum Before {
        NOTHING,
        CREATE,
        INTO,
        LOCAL,
        GLOBAL,
        REPLACE,
        WITH,
        COMMIT,
        INSERT,
        MERGE;

        @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
        private final byte[] word = ascii(name().toLowerCase(Locale.ROOT));

        boolean isBeforeTemp() {
            return switch (this) {
                case CREATE, INTO, LOCAL, GLOBAL, REPLACE -> true;
                case NOTHING, WITH, COMMIT, INSERT, MERGE -> false;
            };
        }
    }

    private StatementWalk(ByteBuf buf, int from, int end, boolean backslashes) {
        this.buf = buf;
        this.backslashes = backslashes;
        this.tokens = new SqlTokens(buf, from, end, backslashes);
    }

    /// The dirt that the text may leave, with the flags of [DirtScan].
    static int of(ByteBuf buf, int from, int end) {
        var walk = new StatementWalk(buf, from, end, false);
        int found = walk.text();
        if (!walk.tokens.isAmbiguous()) {
            return found;
        }
        int other = new StatementWalk(buf, from, end, true).text();
        int both = DirtScan.ONLY_SET_LOCAL | DirtScan.ONLY_SET_REPORTED;
        return (found | other) & (~both | (found & other)) & ~DirtScan.SETS_KNOWN;
    }

    private int text() {
        next();
        while (token != SqlTokens.END) {
            statement();
        }
        found |= sets && setsLocallyOnly ? DirtScan.ONLY_SET_LOCAL : 0;
        found |= sets && setsReportedOnly ? DirtScan.ONLY_SET_REPORTED : 0;
        found |= settings.isEmpty() || setsOthers ? 0 : DirtScan.SETS_KNOWN;
        return found;
    }

    private void statement() {
        isCreating = false;
        isTemp = false;
        before = Before.NOTHING;
        if (isWord(SET)) {
            next();
            set();
        } else if (isWord(RESET)) {
            next();
            reset(parameter());
        } else if (isWord(DISCARD)) {
            next();
            if (isWord(ALL)) {
                reset("all");
            }
        } else if (isWord(DO)) {
            found |= DirtScan.CODE_SEEN;
            block();
        } else if (isWord(CALL)) {
            // A procedure may do anything, and commit what it did.
            found |= Dirt.UNKNOWN | DirtScan.LASTS | DirtScan.CODE_SEEN;
        }
        while (token != SqlTokens.END && !isSymbol(';')) {
            found |= token == SqlTokens.WORD && NamedInText.isVerb(tokens) ? DirtScan.NAMES : 0;
            element();
        }
        found |= isTemp ? Dirt.TEMP : 0;
        if (isSymbol(';')) {
            next();
        }
    }

    /// After SET: whether the transaction's end takes it back, and whether PostgreSQL reports it.
    private void set() {
        sets = true;
        if (isAnyOf(LOCAL)) {
            return;
        }
        setsLocallyOnly = false;
        isCreating = true; // tables are made in pg_temp when search_path says so
        if (isWord(SESSION)) {
            next();
        }
        boolean isReported = isAnyOf(REPORTED);
        var name = parameter();
        setsReportedOnly &= isReported && !name.contains(".");
        if (name.equalsIgnoreCase("authorization")) {
            name = "session_authorization";
        }
        boolean isPlain = isWord(TO) || isSymbol('=');
        if (!isReported || name.contains(".")) {
            sets(name.toLowerCase(Locale.ROOT), isPlain);
        }
        if (isPlain) {
            next();
        }
        if (isWord(DEFAULT) || (isWord(Before.LOCAL.word) && name.equals("timezone"))) {
            reset(name);
        }
    }

    private void sets(String name, boolean isPlain) {
        if (!isPlain
                || NOT_RESETTABLE.contains(name)
                || !PLAIN_NAME.matcher(name).matches()) {
            setsOthers = true;
        } else {
            settings.add(name);
        }
    }

    /// Reads the name of a parameter, as RESET and SET have it; "all" may be one.
    private String parameter() {
        if (isWord(TIME)) {
            next();
            next(); // ZONE
            return "timezone";
        }
        if (isWord(SESSION)) {
            next();
            next(); // AUTHORIZATION
            return "session_authorization";
        }
        var name = token == SqlTokens.END ? "" : tokens.text();
        next();
        while (isSymbol('.')) {
            next();
            name += "." + tokens.text();
            next();
        }
        return name;
    }

    private void reset(String name) {
        found |= DirtScan.RESETS;
        if (name.equalsIgnoreCase("all")) {
            resetsAll = true;
        } else {
            resets.add(name);
        }
    }

    /// The parameters that the text resets.
    static Resets resets(ByteBuf buf, int from, int end) {
        var walk = new StatementWalk(buf, from, end, false);
        var _ = walk.text();
        return new Resets(walk.resetsAll, Set.copyOf(walk.resets));
    }

    /// The parameters that the text sets for more than a transaction, without those that PostgreSQL reports.
    static Set<String> sets(ByteBuf buf, int from, int end) {
        var walk = new StatementWalk(buf, from, end, false);
        var _ = walk.text();
        return Set.copyOf(walk.settings);
    }

    /// DO: its body is a literal, and code.
    private void block() {
        boolean isForeign = false;
        while (token != SqlTokens.END && !isSymbol(';')) {
            if (token == SqlTokens.STRING) {
                var body = new StatementWalk(buf, tokens.from(), tokens.to(), backslashes);
                found |= body.code();
            } else if (isWord(LANGUAGE)) {
                next();
                isForeign = !tokens.is(PLPGSQL);
            }
            next();
        }
        found |= isForeign ? Dirt.UNKNOWN : 0;
        if ((found & Dirt.ALL) != 0) {
            found |= DirtScan.LASTS; // it may commit in its middle and fail at its end
        }
    }

    /// The body of a DO in PL/pgSQL.
    private int code() {
        boolean isStart = true;
        next();
        while (token != SqlTokens.END) {
            if (isStart && isWord(SET)) {
                next();
                found |= isAnyOf(LOCAL) ? 0 : Dirt.SETTINGS;
            } else if (isStart && isWord(RESET)) {
                found |= Dirt.SETTINGS;
            } else if (isStart && isWord(EXECUTE)) {
                found |= Dirt.UNKNOWN;
            } else if (isStart && isWord(LISTEN)) {
                found |= Dirt.LISTENS;
            }
            isStart = isSymbol(';') || isSymbol('>') || isAnyOf(BEFORE_STATEMENT);
            if (isSymbol(';')) {
                found |= isTemp ? Dirt.TEMP : 0;
                isTemp = false;
            }
            element();
        }
        return found | (isTemp ? Dirt.TEMP : 0);
    }

    /// One token, or a call with its arguments.
    private void element() {
        boolean isName = token == SqlTokens.WORD || token == SqlTokens.QUOTED;
        int called = isName ? dirtOfCall() : 0;
        if (called != 0) {
            call(called);
            return;
        }
        if (token == SqlTokens.WORD) {
            isTemp |= isAnyOf(TEMP) && before.isBeforeTemp();
            isTemp |= isCreating && isWord(PG_TEMP);
            found |= isWord(HOLD) && before == Before.WITH ? Dirt.CURSORS : 0;
            isTemp &= !(isWord(DROP) && before == Before.COMMIT); // ON COMMIT DROP
        } else if (token == SqlTokens.QUOTED) {
            isTemp |= isCreating && tokens.is(PG_TEMP);
        }
        before = wordOfInterest();
        isCreating |= before == Before.CREATE || before == Before.INTO;
        next();
    }

    /// The last token if what follows depends on it, or a word that nothing depends on.

    private Before wordOfInterest() {
        if (token != SqlTokens.WORD) {
            return Before.NOTHING;
        }
        for (int i = 0; i < BEFORE.size(); i++) {
            if (tokens.is(BEFORE.get(i).word)) {
                // INSERT INTO temp names a table.
                return before == Before.INSERT || before == Before.MERGE ? Before.NOTHING : BEFORE.get(i);
            }
        }
        return Before.NOTHING;
    }

    /// What a function leaves behind, were the last token its name.
    private int dirtOfCall() {
        if (tokens.is(SET_CONFIG)) {
            return Dirt.SETTINGS;
        }
        if (isIn(LOCKING)) {
            return Dirt.LOCKS;
        }
        return isIn(COUNTING) ? Dirt.SEQUENCES : 0;
    }

    private void call(int leaves) {
        next();
        if (!isSymbol('(')) {
            return;
        }
        next();
        boolean isLocal = arguments();
        found |= leaves == Dirt.SETTINGS && isLocal ? 0 : leaves;
    }

    /// Reads up to behind the closing parenthesis.
    ///
    /// @return whether the third and last argument is the word TRUE alone
    private boolean arguments() {
        int depth = 1;
        int argument = 1;
        int parts = 0;
        boolean isTrue = false;
        while (token != SqlTokens.END) {
            depth += isSymbol('(') ? 1 : isSymbol(')') ? -1 : 0;
            if (depth == 0) {
                next();
                break;
            }
            if (depth == 1 && isSymbol(',')) {
                argument++;
                parts = 0;
                next();
            } else {
                isTrue = parts++ == 0 && isWord(TRUE);
                element();
            }
        }
        return argument == 3 && isTrue;
    }

    private void next() {
        token = tokens.next();
    }

    private boolean isWord(byte[] word) {
        return token == SqlTokens.WORD && tokens.is(word);
    }

    private boolean isSymbol(char symbol) {
        return token == SqlTokens.SYMBOL && tokens.symbol() == symbol;
    }

    private boolean isAnyOf(List<byte[]> words) {
        return token == SqlTokens.WORD && isIn(words);
    }

    private boolean isIn(List<byte[]> words) {
        for (int i = 0; i < words.size(); i++) {
            if (tokens.is(words.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static List<byte[]> words(String... words) {
        return Stream.of(words).map(StatementWalk::ascii).toList();
    }
}
