package io.pgdoorman.pooler.session;

import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Takes from a startup packet the settings that the client wants for its session.
public final class StartupOptions {
    private static final Set<String> NOT_SETTINGS = Set.of("user", "database", "options", "replication");

    /// PostgreSQL takes them for the transaction of the login only, where they change nothing.
    private static final Set<String> OF_ONE_TRANSACTION =
            Set.of("transaction_isolation", "transaction_read_only", "transaction_deferrable");

    /// What PostgreSQL takes for a boolean, in any case: `true`, `false`, `yes` and `no` may be cut anywhere.
    private static final List<String> YES = List.of("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1");

    private static final List<String> NO = List.of("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0");

    /// What a connection is for.
    public enum Purpose {
        QUERIES,
        /// A walsender that belongs to no database.
        PHYSICAL_REPLICATION,
        /// A walsender that is connected to a database, and answers queries too.
        LOGICAL_REPLICATION
    }

    private StartupOptions() {}

    /// The client's settings: its parameters, and the `-c name=value` of `options`
    /// (PostgreSQL manual, "Protocol Flow", StartupMessage).
    ///
    /// @throws ProtocolException for options that are no settings
    public static ParameterSet settings(Map<String, String> startup) throws ProtocolException {
        var settings = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        addOptions(settings, words(startup.getOrDefault("options", "")));
        startup.forEach((name, value) -> {
            if (!NOT_SETTINGS.contains(name) && !name.startsWith("_pq_.")) {
                settings.put(name, value);
            }
        });
        settings.keySet().removeAll(OF_ONE_TRANSACTION);
        for (var name : settings.keySet()) {
            if (!isName(name)) {
                throw new ProtocolException(
                        PgError.fatal("22023", "invalid configuration parameter name \"" + name + "\""));
            }
        }
        return ParameterSet.of(settings);
    }

    /// What the parameter `replication` asks for.
    ///
    /// @throws ProtocolException where it is neither a boolean nor `database`
    public static Purpose purpose(Map<String, String> startup) throws ProtocolException {
        var asked = startup.getOrDefault("replication", "off");
        var word = asked.toLowerCase(Locale.ROOT);
        if (asked.equals("database")) {
            return Purpose.LOGICAL_REPLICATION;
        }
        if (NO.contains(word)) {
            return Purpose.QUERIES;
        }
        if (YES.contains(word)) {
            return Purpose.PHYSICAL_REPLICATION;
        }
        throw new ProtocolException(
                PgError.fatal("22023", "invalid value for parameter \"replication\": \"" + asked + "\"")
                        .withHint("Valid values are: \"false\", 0, \"true\", 1, \"database\"."));
    }

    /// What a walsender's own startup packet says: all but who and where, and the protocol's extensions.
    public static Map<String, String> forWalsender(Map<String, String> startup) {
        var own = new LinkedHashMap<String, String>();
        startup.forEach((name, value) -> {
            if (!name.equals("user") && !name.equals("database") && !name.startsWith("_pq_.")) {
                own.put(name, value);
            }
        });
        return own;
    }

    /// Options of protocol extensions; none is known here, so each is reported back to the client.
    public static List<String> protocolExtensions(Map<String, String> startup) {
        return startup.keySet().stream()
                .filter(name -> name.startsWith("_pq_."))
                .toList();
    }

    private static void addOptions(Map<String, String> settings, List<String> words) throws ProtocolException {
        for (int i = 0; i < words.size(); i++) {
            var word = words.get(i);
            String setting;
            if (word.equals("-c") && i + 1 < words.size()) {
                setting = words.get(++i);
            } else if (word.startsWith("-c") && word.length() > 2) {
                setting = word.substring(2);
            } else if (word.startsWith("--")) {
                setting = word.substring(2);
            } else {
                throw invalid(word);
            }
            int equals = setting.indexOf('=');
            if (equals <= 0) {
                throw invalid(word);
            }
            settings.put(setting.substring(0, equals).replace('-', '_'), setting.substring(equals + 1));
        }
    }

    private static ProtocolException invalid(String word) {
        return new ProtocolException(PgError.fatal(
                SqlState.SYNTAX_ERROR,
                "invalid command-line argument for server process: " + word
                        + " (expected: -c name=value or --name=value)"));
    }

    /// Splits at white space; a backslash takes the next character literally.
    private static List<String> words(String options) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < options.length(); i++) {
            char c = options.charAt(i);
            if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                inWord = false;
                continue;
            }
            if (c == '\\' && i + 1 < options.length()) {
                c = options.charAt(++i);
            }
            word.append(c);
            inWord = true;
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }

    private static boolean isName(String name) {
        if (name.isEmpty() || Character.isDigit(name.charAt(0))) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letter && c != '_' && c != '.' && c != '$') {
                return false;
            }
        }
        return true;
    }
}
