package io.pgdoorman.pooler.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/// Reads Prometheus' text format 0.0.4 as strictly as promtool does, and fails on what it would refuse.
final class PrometheusText {

    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") (?:[^\\\\\n]|\\\\\\\\|\\\\n)*");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary|untyped)");
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern SAMPLE =
            Pattern.compile("(" + NAME + ")(\\{" + LABEL + "(?:," + LABEL + ")*,?\\})? (NaN|[+-]Inf|[-+0-9.eE]+)");

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, Double> samples = new LinkedHashMap<>();
    private final List<String> families = new ArrayList<>();

    static PrometheusText parse(String text) {
        assertThat(text).endsWith("\n");
        var parsed = new PrometheusText();
        for (var line : text.split("\n")) {
            parsed.take(line);
        }
        parsed.checkHistograms();
        assertThat(new HashSet<>(parsed.families)).as("families stand together").hasSameSizeAs(parsed.families);
        return parsed;
    }

    /// The value of a series as it is written, labels in their order.
    double value(String series) {
        assertThat(samples).containsKey(series);
        return Objects.requireNonNull(samples.get(series));
    }

    boolean has(String series) {
        return samples.containsKey(series);
    }

    String type(String family) {
        assertThat(types).containsKey(family);
        return Objects.requireNonNull(types.get(family));
    }

    Map<String, Double> samples() {
        return samples;
    }

    private void take(String line) {
        if (line.startsWith("# HELP ")) {
            assertThat(line).matches(HELP);
            return;
        }
        if (line.startsWith("#")) {
            var type = TYPE.matcher(line);
            assertThat(type.matches()).as(line).isTrue();
            assertThat(types.put(type.group(1), type.group(2)))
                    .as("second TYPE: " + line)
                    .isNull();
            return;
        }
        var sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        var name = sample.group(1);
        var family = familyOf(name);
        if (families.isEmpty() || !families.getLast().equals(family)) {
            families.add(family);
        }
        var series = sample.group(2) == null ? name : name + sample.group(2);
        var value = sample.group(3).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(sample.group(3));
        assertThat(samples.put(series, value)).as("second sample: " + line).isNull();
    }

    private String familyOf(String name) {
        for (var suffix : List.of("_bucket", "_sum", "_count")) {
            if (name.endsWith(suffix)) {
                var base = name.substring(0, name.length() - suffix.length());
                if ("histogram".equals(types.get(base)) || "summary".equals(types.get(base))) {
                    return base;
                }
            }
        }
        assertThat(types).as("TYPE comes before its samples").containsKey(name);
        return name;
    }

    private void checkHistograms() {
        var last = new LinkedHashMap<String, Double>();
        samples.forEach((series, value) -> {
            if (series.contains("_bucket{")) {
                var key = series.replaceAll(",?le=\"[^\"]*\"", "");
                assertThat(value).as(series).isGreaterThanOrEqualTo(last.getOrDefault(key, 0.0));
                last.put(key, value);
            }
        });
        last.forEach((key, value) -> {
            var count = key.replace("_bucket{", "_count{").replaceAll("\\{}$", "");
            assertThat(value).as("+Inf of " + key).isEqualTo(samples.get(count));
        });
    }
}
