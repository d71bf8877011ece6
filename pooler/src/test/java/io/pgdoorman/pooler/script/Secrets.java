package io.pgdoorman.pooler.script;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Everything that the tests of this JVM keep secret: passwords and verifiers of files and statements, and what clients
/// show. Whoever makes one says so here. Guarded by its monitor.
final class Secrets {
    /// A word of a few letters stands in ordinary lines.
    private static final int SHORTEST = 8;

    /// The newest; fuzz makes thousands of tokens.
    private static final int MOST = 3000;

    private static final Pattern IN_FILE =
            Pattern.compile("\"?\\w*(?:password|metrics_token|ldapbindpasswd)\"?\\s*[:=]\\s*[\"']?([^\"',{}\\s]+)");
    private static final Pattern IN_SQL = Pattern.compile("password\\s+'([^']+)'");

    private static final Secrets ALL = new Secrets();

    private final Map<String, Boolean> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    };

    /// Those of this JVM.
    static Secrets all() {
        return ALL;
    }

    synchronized void know(String secret) {
        if (secret.length() >= SHORTEST && !secret.chars().allMatch(Character::isLetter)) {
            known.put(secret, true);
        }
    }

    /// All that a configuration holds.
    void knowThoseOfFile(String text) {
        IN_FILE.matcher(text).results().forEach(found -> know(found.group(1)));
    }

    /// All that statements set.
    void knowThoseOfSql(String text) {
        IN_SQL.matcher(text).results().forEach(found -> know(found.group(1)));
    }

    /// The first one that stands in the text.
    synchronized Optional<String> in(String text) {
        return known.keySet().stream().filter(text::contains).findFirst();
    }

    synchronized List<String> list() {
        return List.copyOf(known.keySet());
    }
}
