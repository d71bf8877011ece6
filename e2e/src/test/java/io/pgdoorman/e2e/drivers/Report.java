package io.pgdoorman.e2e.drivers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a driver's program said: which versions it has, and a verdict for each scenario.
///
/// @param broken lines that mean nothing, an exit that is not 0, and the like; empty is as it should be
public record Report(String version, Map<String, Verdict> verdicts, List<String> broken) {

    /// How a scenario went.
    public sealed interface Verdict {}

    public record Passed() implements Verdict {}

    public record Failed(String reason) implements Verdict {}

    /// The driver has no such thing, as it declares.
    public record Skipped(String reason) implements Verdict {}

    private static final Pattern LINE = Pattern.compile("(ok|not ok) ([a-z-]+)(?: - (.*))?");

    /// @param cannot what the driver declares to leave out; its program must say nothing of it, and something of all
    /// else
    static Report of(Map<String, String> cannot, int exit, String out) {
        var version = "";
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        List<String> broken = new ArrayList<>();
        cannot.forEach((scenario, reason) -> verdicts.put(scenario, new Skipped(reason)));
        if (exit != 0) {
            broken.add("it ended with " + exit);
        }
        for (var line : out.lines().toList()) {
            var parts = LINE.matcher(line);
            if (line.startsWith("version ")) {
                version = line.substring("version ".length());
            } else if (!parts.matches() || !Driver.scenarios().contains(parts.group(2))) {
                broken.add("it printed: " + line);
            } else {
                var before = verdicts.put(parts.group(2), verdict(parts.group(1), parts.group(3)));
                if (before != null) {
                    broken.add("a verdict for %s, which was %s before".formatted(parts.group(2), before));
                }
            }
        }
        return new Report(version, verdicts, broken);
    }

    private static Verdict verdict(String word, @Nullable String reason) {
        return word.equals("ok") ? new Passed() : new Failed(reason == null ? "no reason" : reason);
    }

    /// The verdict for a scenario; none is a failure.
    Verdict of(String scenario) {
        return verdicts.getOrDefault(scenario, new Failed("it said nothing"));
    }

    /// All that failed or is broken, in words.
    public List<String> failures() {
        List<String> all = new ArrayList<>(broken);
        for (var scenario : Driver.scenarios()) {
            if (of(scenario) instanceof Failed(var reason)) {
                all.add(scenario + ": " + reason);
            }
        }
        return all;
    }
}
