package io.pgdoorman.pooler.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Alerts and dashboard ask for metrics that there are, by labels that those have. The rules themselves are tested by
/// promtool (deploy/monitoring/check).
class MonitoringDocumentTest {

    private static final Path FOLDER = Path.of("..", "deploy", "monitoring");
    private static final Pattern NAME = Pattern.compile("\\bpg_doorman_[a-z0-9_]+");
    private static final Pattern SELECTOR = Pattern.compile("\\b(pg_doorman_[a-z0-9_]+)\\{([^}]*)}");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)\\s*(?:=~|!=|!~|=)");

    @Test
    void namesOfRulesAndDashboardAreDocumented() throws IOException {
        // given
        var table = MetricsDocumentTest.everything();

        // when
        var names = new TreeSet<String>();
        texts().forEach(text -> NAME.matcher(text).results().forEach(match -> names.add(familyOf(match.group()))));

        // then
        assertThat(names)
                .hasSizeGreaterThan(25)
                .allSatisfy(name -> assertThat(table).containsKey(name));
    }

    @Test
    void labelsOfRulesAndDashboardAreThoseOfTheMetric() throws IOException {
        // given
        var table = MetricsDocumentTest.everything();

        // when then
        texts().forEach(text -> SELECTOR.matcher(text).results().forEach(selector -> {
            var row = Objects.requireNonNull(table.get(familyOf(selector.group(1))), selector.group());
            LABEL.matcher(selector.group(2))
                    .results()
                    .map(match -> match.group(1))
                    .forEach(label -> assertThat(row.labels() + ", instance, job, namespace, le")
                            .as(selector.group())
                            .matches("(.*, )?" + label + "(, .*)?"));
        }));
    }

    @Test
    void theDashboardIsWhole() throws IOException {
        // when
        var dashboard = new ObjectMapper()
                .readTree(FOLDER.resolve("doorman.dashboard.json").toFile());

        // then
        var ids = new TreeSet<Integer>();
        dashboard.get("panels").forEach(panel -> ids.add(panel.get("id").asInt()));
        assertThat(ids).hasSize(dashboard.get("panels").size()).hasSizeGreaterThan(20);
        assertThat(dashboard.get("uid").asText()).isEqualTo("doorman-pooler");
    }

    private static Stream<String> texts() throws IOException {
        return Stream.of(
                Files.readString(FOLDER.resolve("doorman.rules.yaml")),
                Files.readString(FOLDER.resolve("doorman.rules.test.yaml")),
                Files.readString(FOLDER.resolve("doorman.dashboard.json")).replace("\\\"", "\""));
    }

    private static String familyOf(String name) {
        return name.replaceFirst("_(bucket|sum|count)$", "");
    }
}
