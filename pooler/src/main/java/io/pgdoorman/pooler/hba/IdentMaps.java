package io.pgdoorman.pooler.hba;

import com.google.re2j.Pattern;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// The maps of a `pg_ident.conf`: which outside name may log in as which user (manual, "User Name Maps").
/// Immutable.
public final class IdentMaps {
    /// No map at all: names have to be equal.
    public static final IdentMaps NONE = new IdentMaps(List.of());

    private final List<Line> lines;

    private IdentMaps(List<Line> lines) {
        this.lines = List.copyOf(lines);
    }

    /// Maps that were read, or all faults that stand in the way.
    public sealed interface Result {
        record Parsed(IdentMaps maps) implements Result {}

        record Unreadable(List<HbaFault> faults) implements Result {}
    }

    /// Reads the text of a `pg_ident.conf` and whatever it includes.
    public static Result parse(Path file, String text, HbaFiles files) {
        var reader = new HbaReader(files);
        reader.read(file, text);
        List<HbaFault> faults = reader.faults();
        List<Line> lines = new ArrayList<>();
        for (HbaLine line : reader.lines()) {
            try {
                lines.add(Line.of(line));
            } catch (HbaSyntax e) {
                faults.add(line.fault(e.text()));
            }
        }
        return faults.isEmpty() ? new Result.Parsed(new IdentMaps(lines)) : new Result.Unreadable(List.copyOf(faults));
    }

    /// Whether the owner of an outside name may log in as this user.
    ///
    /// @param map null where the rule names none
    public boolean allows(@Nullable String map, String outside, String user, Surroundings surroundings) {
        if (map == null) {
            return outside.equals(user);
        }
        return lines.stream().anyMatch(line -> line.map.equals(map) && line.allows(outside, user, surroundings));
    }

    private record Line(
            String map, HbaToken outside, @Nullable Pattern expression, HbaToken user) {
        private static final String FIRST_GROUP = "\\1";

        static Line of(HbaLine line) throws HbaSyntax {
            var map = line.single(0, "map name", "ident field");
            var outside = line.single(1, "system user name", "ident field");
            var user = line.single(2, "database user name", "ident field");
            NameTest.ofUser(user);
            var expression = outside.text().startsWith("/")
                    ? NameTest.expression(outside.text().substring(1))
                    : null;
            if (expression != null && user.text().contains(FIRST_GROUP) && expression.groupCount() == 0) {
                throw new HbaSyntax("regular expression \"" + outside.text()
                        + "\" has no subexpressions as requested by backreference in \"" + user.text() + "\"");
            }
            return new Line(map.text(), outside, expression, user);
        }

        boolean allows(String name, String wanted, Surroundings surroundings) {
            var pattern = expression;
            var target = user;
            if (pattern == null) {
                if (!outside.text().equals(name)) {
                    return false;
                }
            } else {
                var matcher = pattern.matcher(name);
                if (!matcher.find()) {
                    return false;
                }
                if (user.text().contains(FIRST_GROUP)) {
                    var group = matcher.group(1);
                    if (group == null) {
                        return false;
                    }
                    // what comes from a certificate is a name, never a keyword
                    return user.text()
                            .replaceFirst("\\\\1", Matcher.quoteReplacement(group))
                            .equals(wanted);
                }
            }
            try {
                return NameTest.ofUser(target).fits(new HbaRequest(false, null, "", wanted), surroundings);
            } catch (HbaSyntax e) {
                throw new IllegalStateException(e); // it was read before
            }
        }
    }
}
