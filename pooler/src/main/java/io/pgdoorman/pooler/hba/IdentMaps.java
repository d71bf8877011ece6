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
    /// @param map null or empty where the rule names none
    public boolean allows(@Nullable String map, String outside, String user, Surroundings surroundings) {
        if (map == null || map.isEmpty()) {
            return outside.equals(user);
        }
        for (var line : lines) {
            if (line.map.equals(map)) {
                switch (line.says(outside, user, surroundings)) {
                    case YES -> {
                        return true;
                    }
                    case BROKEN -> {
                        return false;
                    }
                    case NO -> {} // the next one may
                }
            }
        }
        return false;
    }

    private enum Says {
        YES,
        NO,
        /// The name fits, but the part of it that is to be the user is not there: PostgreSQL looks no further.
        BROKEN
    }

    /// @param expression null where the outside name is written as it is
    /// @param user who may log in; where `named` it stands for a part of the outside name instead
    private record Line(
            String map,
            String outside,
            @Nullable Pattern expression,
            NameTest user,
            @Nullable String named) {
        private static final String FIRST_GROUP = "\\1";

        static Line of(HbaLine line) throws HbaSyntax {
            var map = line.single(0, "map name", "ident field");
            var outside = line.single(1, "system user name", "ident field").text();
            var word = line.single(2, "database user name", "ident field");
            var user = NameTest.ofUser(word);
            var expression = outside.startsWith("/") ? NameTest.expression(outside.substring(1)) : null;
            var named = user instanceof NameTest.Exactly && word.text().contains(FIRST_GROUP) ? word.text() : null;
            if (expression != null && expression.groupCount() == 0 && named != null) {
                throw new HbaSyntax("regular expression \"" + outside
                        + "\" has no subexpressions as requested by backreference in \"" + named + "\"");
            }
            return new Line(map.text(), outside, expression, user, named);
        }

        Says says(String name, String wanted, Surroundings surroundings) {
            if (expression == null) {
                return outside.equals(name) ? allows(wanted, surroundings) : Says.NO;
            }
            var matcher = expression.matcher(name);
            if (!matcher.find()) {
                return Says.NO;
            }
            if (named == null) {
                return allows(wanted, surroundings);
            }
            var group = matcher.group(1);
            if (group == null) {
                return Says.BROKEN;
            }
            // what comes from outside is a name, never a keyword
            return named.replaceFirst("\\\\1", Matcher.quoteReplacement(group)).equals(wanted) ? Says.YES : Says.NO;
        }

        private Says allows(String wanted, Surroundings surroundings) {
            return user.fits(new HbaRequest(false, null, "", wanted), surroundings) ? Says.YES : Says.NO;
        }
    }
}
