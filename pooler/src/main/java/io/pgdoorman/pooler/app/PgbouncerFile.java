package io.pgdoorman.pooler.app;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// pgbouncer.ini as it is written: sections of settings, and connection strings by name.
///
/// @param general section `[pgbouncer]`
/// @param databases section `[databases]`, the words of each connection string
/// @param users section `[users]` likewise
record PgbouncerFile(
        Map<String, String> general,
        Map<String, Map<String, String>> databases,
        Map<String, Map<String, String>> users) {

    static final Map<String, String> NO_USERS = Map.of();

    private static final Pattern WORD = Pattern.compile("([A-Za-z_]+)\\s*=\\s*(?:'((?:[^']|'')*)'|(\\S+))");
    private static final Pattern USER =
            Pattern.compile("^\\s*\"((?:[^\"]|\"\")*)\"\\s+\"((?:[^\"]|\"\")*)\"", Pattern.MULTILINE);

    static PgbouncerFile read(String text) {
        var file = new PgbouncerFile(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
        var section = "";
        for (var raw : text.split("\\R")) {
            var line = raw.strip();
            if (line.isEmpty() || line.startsWith(";") || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("[") && line.endsWith("]")) {
                section = line.substring(1, line.length() - 1).strip().toLowerCase(Locale.ROOT);
                continue;
            }
            var equals = line.indexOf('=');
            if (equals > 0) {
                file.take(
                        section,
                        line.substring(0, equals).strip(),
                        line.substring(equals + 1).strip());
            }
        }
        return file;
    }

    private void take(String section, String name, String value) {
        var bare = name.startsWith("\"") && name.endsWith("\"") && name.length() > 1
                ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
                : name;
        switch (section) {
            case "databases" -> databases.put(bare, words(value));
            case "users" -> users.put(bare, words(value));
            case "pgbouncer" -> general.put(bare.toLowerCase(Locale.ROOT), value);
            default -> general.put(section + "." + bare, value);
        }
    }

    private static Map<String, String> words(String value) {
        var words = new LinkedHashMap<String, String>();
        WORD.matcher(value).results().forEach(word -> {
            var quoted = word.group(2);
            words.put(
                    word.group(1).toLowerCase(Locale.ROOT),
                    quoted == null ? String.valueOf(word.group(3)) : quoted.replace("''", "'"));
        });
        return words;
    }

    /// The names and passwords, or verifiers, of userlist.txt.
    static Map<String, String> users(String text) {
        var users = new LinkedHashMap<String, String>();
        USER.matcher(text)
                .results()
                .forEach(user -> users.put(
                        user.group(1).replace("\"\"", "\""), user.group(2).replace("\"\"", "\"")));
        return users;
    }
}
