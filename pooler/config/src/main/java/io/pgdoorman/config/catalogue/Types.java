package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.ByteSize;
import io.pgdoorman.config.Cidr;
import io.pgdoorman.config.tree.Node.Kind;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The scalar types of the file.
final class Types {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /// No leading zeros: YAML 1.1 takes those for octal, people do not.
    private static final Pattern WHOLE_NUMBER = Pattern.compile("[-+]?(0|[1-9][0-9_]*)");

    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)?");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(B|K|KB|M|MB|G|GB)?", Pattern.CASE_INSENSITIVE);
    private static final Duration LONGEST = Duration.ofDays(3650);
    private static final ByteSize LARGEST = new ByteSize(1L << 40);

    private Types() {}

    static ValueType<Integer> integer(int least, int most) {
        var expected = most == Integer.MAX_VALUE
                ? "an integer of at least " + least
                : "an integer from " + least + " to " + most;
        return new ScalarType<>(
                expected,
                EnumSet.of(Kind.INTEGER),
                text -> wholeNumber(text)
                        .filter(value -> value >= least && value <= most)
                        .map(Long::intValue),
                JSON::numberNode,
                String::valueOf);
    }

    static ValueType<Boolean> bool() {
        return new ScalarType<>(
                "true or false",
                EnumSet.of(Kind.BOOLEAN),
                text -> Optional.of(Boolean.valueOf(text.toLowerCase(Locale.ROOT))),
                JSON::booleanNode,
                String::valueOf);
    }

    /// Text of at least one character.
    static ValueType<String> text() {
        return text("text that is not empty", text -> !text.isEmpty());
    }

    static ValueType<String> text(String expected, Predicate<String> valid) {
        return new ScalarType<>(
                expected,
                EnumSet.of(Kind.TEXT),
                text -> Optional.of(text).filter(valid.and(value -> value.indexOf('\0') < 0)),
                JSON::textNode,
                value -> JSON.textNode(value).toString());
    }

    /// A file; relative ones start at the folder of the configuration.
    static ValueType<Path> path() {
        return new ScalarType<>(
                "the path of a file",
                EnumSet.of(Kind.TEXT),
                Types::path,
                value -> JSON.textNode(value.toString()),
                value -> JSON.textNode(value.toString()).toString());
    }

    private static Optional<Path> path(String text) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }

    /// A moment, as RFC 3339 writes it.
    static ValueType<Instant> instant() {
        return new ScalarType<>(
                "a time such as 2027-01-31T12:00:00Z",
                EnumSet.of(Kind.TEXT),
                Types::instant,
                value -> JSON.textNode(value.toString()),
                value -> JSON.textNode(value.toString()).toString());
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    static ValueType<String> url() {
        return text("a URL that begins with http:// or https://", text -> text.matches("https?://[^\\s/]+\\S*"));
    }

    static ValueType<Cidr> cidr() {
        return new ScalarType<>(
                "a network such as 10.0.0.0/8",
                EnumSet.of(Kind.TEXT),
                Cidr::parse,
                value -> JSON.textNode(value.toString()),
                value -> JSON.textNode(value.toString()).toString());
    }

    /// Permission bits in octal, such as `0600`; YAML takes the bare number for text or integer, both are read.
    static ValueType<Integer> octalMode() {
        return new ScalarType<>(
                "octal permission bits from \"0000\" to \"0777\"",
                EnumSet.of(Kind.TEXT, Kind.INTEGER),
                text -> text.matches("0?[0-7]{3}") ? Optional.of(Integer.parseInt(text, 8)) : Optional.empty(),
                value -> JSON.textNode("0" + Integer.toOctalString(value)),
                value -> "\"0" + Integer.toOctalString(value) + "\"");
    }

    /// The names of enum values in lower case with dashes.
    static <E extends Enum<E>> ValueType<E> choice(List<E> values) {
        Function<E, String> name =
                value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return new ScalarType<>(
                values.stream().map(name).collect(Collectors.joining(" or ")),
                EnumSet.of(Kind.TEXT),
                text -> values.stream()
                        .filter(value -> name.apply(value).equals(text))
                        .findFirst(),
                value -> JSON.textNode(name.apply(value)),
                name);
    }

    /// Integers are milliseconds; canonical form too.
    static ValueType<Duration> duration(Duration least) {
        var atLeast = least.isZero() ? "" : ", at least " + shortest(least);
        return new ScalarType<>(
                "a duration: milliseconds, or a number with ms, s, m, h or d" + atLeast,
                EnumSet.of(Kind.TEXT, Kind.INTEGER),
                text -> readDuration(text, "ms").filter(value -> value.compareTo(least) >= 0),
                value -> JSON.numberNode(value.toMillis()),
                Types::shortest);
    }

    /// Integers are seconds; canonical form too; `30s` and `1m` are understood as well.
    static ValueType<Duration> seconds(int least, int most) {
        return new ScalarType<>(
                "seconds from " + least + " to " + most + ", or a number with s, m, h or d",
                EnumSet.of(Kind.TEXT, Kind.INTEGER),
                text -> readDuration(text, "s")
                        .filter(value -> value.toMillisPart() == 0)
                        .filter(value -> value.toSeconds() >= least && value.toSeconds() <= most),
                value -> JSON.numberNode(value.toSeconds()),
                value -> Long.toString(value.toSeconds()));
    }

    static ValueType<ByteSize> size() {
        return new ScalarType<>(
                "a size: bytes, or a number with B, KB, MB or GB",
                EnumSet.of(Kind.TEXT, Kind.INTEGER),
                Types::readSize,
                value -> JSON.numberNode(value.bytes()),
                ByteSize::toString);
    }

    private static Optional<Long> wholeNumber(String text) {
        if (!WHOLE_NUMBER.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Long.parseLong(text.replace("_", "")));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    private static Optional<Duration> readDuration(String text, String bareUnit) {
        var matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var number = Long.parseLong(matcher.group(1));
        var unit = matcher.group(2) == null ? bareUnit : matcher.group(2);
        var value = switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        return Optional.of(value).filter(duration -> duration.compareTo(LONGEST) <= 0);
    }

    private static Optional<ByteSize> readSize(String text) {
        var matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var unit = matcher.group(2) == null ? "B" : matcher.group(2).toUpperCase(Locale.ROOT);
        var shift = switch (unit.charAt(0)) {
            case 'K' -> 10;
            case 'M' -> 20;
            case 'G' -> 30;
            default -> 0;
        };
        var number = Long.parseLong(matcher.group(1));
        return number > LARGEST.bytes() >> shift ? Optional.empty() : Optional.of(new ByteSize(number << shift));
    }

    /// The shortest exact form, such as `90s` or `2m`.
    static String shortest(Duration value) {
        record Unit(Duration length, String suffix) {}
        var units = List.of(
                new Unit(Duration.ofDays(1), "d"),
                new Unit(Duration.ofHours(1), "h"),
                new Unit(Duration.ofMinutes(1), "m"),
                new Unit(Duration.ofSeconds(1), "s"),
                new Unit(Duration.ofMillis(1), "ms"));
        var millis = value.toMillis();
        return units.stream()
                .filter(unit -> millis > 0 && millis % unit.length.toMillis() == 0)
                .findFirst()
                .map(unit -> millis / unit.length.toMillis() + unit.suffix)
                .orElse(Long.toString(millis));
    }
}
