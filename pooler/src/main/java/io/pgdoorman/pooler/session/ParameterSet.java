package io.pgdoorman.pooler.session;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The settings by which one PostgreSQL session differs from the defaults of its server connection.
///
/// Immutable: a client *wants* one, a server *has* one, and equal ones need no work at hand-over. Names compare
/// without regard to case, as PostgreSQL's do.
public final class ParameterSet {
    public static final ParameterSet EMPTY = new ParameterSet(Collections.emptySortedMap());

    /// Reported by PostgreSQL but not for a client to set; their changes are no wish of the client.
    private static final Set<String> NOT_SETTABLE = Set.of(
            "is_superuser",
            "session_authorization",
            "server_version",
            "server_encoding",
            "integer_datetimes",
            "in_hot_standby");

    private static final String ROLE = "role";

    /// Stands for a value that is not known; no parameter can have this one.
    private static final String UNKNOWN = "\0";

    /// Unmodifiable. Sets that were found equal share one map, so that the next comparison is one of references:
    /// clients of an application differ in nothing, and each lease compares. Another thread may see the old map
    /// or the new one, as with the hash of a String; both say the same.
    private Map<String, String> values;

    private final int hash;

    private ParameterSet(Map<String, String> values) {
        this.values = values;
        this.hash = values.hashCode();
    }

    public static ParameterSet of(Map<String, String> values) {
        if (values.isEmpty()) {
            return EMPTY;
        }
        var sorted = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        sorted.putAll(values);
        return new ParameterSet(Collections.unmodifiableMap(sorted));
    }

    /// This set after PostgreSQL reported a change of `name`; the server's own default leaves the set.
    public ParameterSet with(String name, String value, @Nullable String serverDefault) {
        if (NOT_SETTABLE.contains(name) || value.equals(values.get(name))) {
            return this;
        }
        var changed = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        changed.putAll(values);
        if (value.equals(serverDefault)) {
            changed.remove(name);
        } else {
            changed.put(name, value);
        }
        return of(changed);
    }

    /// This set after somebody set these to something: whoever wants another value has to set or reset them.
    public ParameterSet withUnknown(Set<String> names) {
        var changed = copy();
        names.forEach(name -> changed.put(name, UNKNOWN));
        return of(changed);
    }

    /// Whether there is a value that nobody may rely on.
    public boolean hasUnknown() {
        return values.containsValue(UNKNOWN);
    }

    public ParameterSet without(Set<String> names) {
        return names.isEmpty() ? this : without(new Resets(false, names));
    }

    /// This set without what was reset on the server.
    public ParameterSet without(Resets resets) {
        if (resets.all()) {
            return EMPTY;
        }
        var left = copy();
        left.keySet().removeAll(resets.names());
        return left.size() == values.size() ? this : of(left);
    }

    /// This set after the client reset something: it is again what its startup packet asked for.
    public ParameterSet restored(Resets resets, ParameterSet initial) {
        if (resets.all()) {
            return initial;
        }
        var left = copy();
        left.keySet().removeAll(resets.names());
        initial.values.forEach((name, value) -> {
            if (resets.covers(name)) {
                left.put(name, value);
            }
        });
        return of(left);
    }

    private Map<String, String> copy() {
        var copy = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(values);
        return copy;
    }

    public Map<String, String> values() {
        return values;
    }

    /// The statement that brings a session which has `from` to this set; only to be called when they differ.
    ///
    /// `set_config` reads a value as the startup packet does (`SET search_path TO 'a, b'` would name one
    /// schema), and takes NULL for RESET. The role goes back first: with it come the rights to reset the
    /// others.
    public byte[] sqlFrom(ParameterSet from) {
        var sql = new StringBuilder();
        if (from.values.containsKey(ROLE) && !values.containsKey(ROLE)) {
            setConfig(sql, ROLE, null);
        }
        for (var name : from.values.keySet()) {
            if (!values.containsKey(name) && !name.equalsIgnoreCase(ROLE)) {
                setConfig(sql, name, null);
            }
        }
        for (var entry : values.entrySet()) {
            if (!entry.getValue().equals(from.values.get(entry.getKey()))) {
                setConfig(sql, entry.getKey(), entry.getValue());
            }
        }
        return sql.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void setConfig(StringBuilder sql, String name, @Nullable String value) {
        sql.append(sql.isEmpty() ? "SELECT " : ",").append("pg_catalog.set_config(");
        quote(sql, name);
        if (value == null) {
            sql.append(",NULL");
        } else {
            sql.append(',');
            quote(sql, value);
        }
        sql.append(",false)");
    }

    /// A literal in ASCII, since the session's client_encoding may still be that of another client.
    private static void quote(StringBuilder sql, String text) {
        boolean escapes = text.chars().anyMatch(c -> c == '\\' || c > 0x7f);
        sql.append(escapes ? " E'" : "'");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0x7f) {
                sql.append("\\u").append(HexFormat.of().toHexDigits(c));
                continue;
            }
            if (c == '\'' || c == '\\') {
                sql.append(c);
            }
            sql.append(c);
        }
        sql.append('\'');
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // equal by value is asked after
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof ParameterSet that)) {
            return false;
        }
        var mine = values;
        var others = that.values;
        if (mine == others) {
            return true;
        }
        if (hash != that.hash || !mine.equals(others)) {
            return false;
        }
        values = others;
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
