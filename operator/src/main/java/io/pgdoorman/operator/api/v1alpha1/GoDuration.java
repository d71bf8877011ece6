package io.pgdoorman.operator.api.v1alpha1;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/// Durations as Kubernetes writes them: `90s`, `1h30m`, `500ms`.
public final class GoDuration {

    /// What the schema lets through; [#parse] reads all of it.
    public static final String PATTERN = "^([0-9]{1,9}(ms|s|m|h))+$";

    private static final java.util.regex.Pattern PART = java.util.regex.Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

    private GoDuration() {}

    /// Reads a duration that the schema let through.
    public static Duration parse(String text) {
        if (!text.matches(PATTERN)) {
            throw new IllegalArgumentException("no duration such as 90s or 1h30m: " + text);
        }
        var sum = Duration.ZERO;
        var parts = PART.matcher(text);
        while (parts.find()) {
            sum = sum.plus(Long.parseLong(parts.group(1)), unit(parts.group(2)));
        }
        return sum;
    }

    private static ChronoUnit unit(String suffix) {
        return switch (suffix) {
            case "ms" -> ChronoUnit.MILLIS;
            case "s" -> ChronoUnit.SECONDS;
            case "m" -> ChronoUnit.MINUTES;
            case "h" -> ChronoUnit.HOURS;
            default -> throw new IllegalArgumentException("no unit of time: " + suffix);
        };
    }
}
