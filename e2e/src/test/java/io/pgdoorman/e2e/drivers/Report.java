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

    /// The driver has no such thing.
    public record Skipped(String reason) implements Verdict {}

    private static final Pattern LINE = Pattern.compile("(ok|not ok|skip) ([a-z-]+)(?: - (.*))?");

    static Report of(int exit, String out) {
        var version = "";
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        List<String> broken = new ArrayList<>();
        if (exit != 0) {
            broken.add("it ended with " + exit);
        }
        for (var line : out.lines().toList()) {
            var parts = LINE.matcher(line);
            if (line.startsWith("version ")) {
                version = line.substring("version ".length());
            } else if (!parts.matches()) {
                broken.add("it printed: " + line);
            } else if (verdicts.put(parts.group(2), verdict(parts.group(1), parts.group(3))) != null) {
                broken.add("two verdicts for " + parts.group(2));
            }
        }
        return new Report(version, verdicts, broken);
    }

    private static Verdict verdict(String word, @Nullable String reason) {
        var text = reason == null ? "" : reason;
        return switch (word) {
            case "ok" -> new Passed();
            case "skip" -> text.isEmpty() ? new Failed("skipped without a reason") : new Skipped(text);
            default -> new Failed(text);
        };
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
