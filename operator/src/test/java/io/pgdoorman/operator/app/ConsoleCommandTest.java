package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.operator.podlink.PodLink.Column;
import io.pgdoorman.operator.podlink.PodLink.ConsoleAnswer;
import io.pgdoorman.operator.podlink.PodLink.Done;
import io.pgdoorman.operator.podlink.PodLink.Failed;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.Table;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ConsoleCommandTest {

    private static final List<Column> COLUMNS =
            List.of(new Column("database", false), new Column("clients", true), new Column("oldest", true));
    private static final Map<String, ConsoleAnswer> TWO = Map.of(
            "p-1", new Table(COLUMNS, List.of(List.of("shop", "5", ""), List.of("crm", "1", "7"))),
            "p-2", new Table(COLUMNS, List.of(List.of("shop", "12", "3"))));

    private int exit;

    private String told(Map<String, ConsoleAnswer> answers, boolean isSum) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            exit = ConsoleCommand.tell(new TreeMap<>(answers), isSum, out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void rowsOfAllPodsStandInOneTable() {
        // when
        var told = told(TWO, false);

        // then
        assertThat(told).isEqualTo("""
            pod  database  clients  oldest
            p-1  shop      5
            p-1  crm       1        7
            p-2  shop      12       3
            """);
        assertThat(exit).isZero();
    }

    @Test
    void rowsThatDifferInNumbersOnlyAreAddedUp() {
        // when
        var told = told(TWO, true);

        // then
        assertThat(told).isEqualTo("""
            database  clients  oldest
            shop      17       3
            crm       1        7
            """);
    }

    @Test
    void ofTimesTheGreatestIsToldAndPortsArePartOfTheName() {
        // given
        var columns = List.of(
                new Column("host", false),
                new Column("port", true),
                new Column("maxwait", true),
                new Column("avg_query_time", true),
                new Column("avg_query_count", true),
                new Column("query_0.95", true));
        Map<String, ConsoleAnswer> answers = Map.of(
                "p-1", new Table(columns, List.of(List.of("db", "5432", "3", "700", "10", "9"))),
                "p-2",
                        new Table(
                                columns,
                                List.of(
                                        List.of("db", "5432", "5", "300", "20", "4"),
                                        List.of("db", "5433", "1", "1", "1", "1"))));

        // when
        var told = told(answers, true);

        // then
        assertThat(told).isEqualTo("""
            host  port  maxwait  avg_query_time  avg_query_count  query_0.95
            db    5432  5        700             30               9
            db    5433  1        1               1                1
            """);
    }

    @Test
    void whoDoesNotAnswerIsNamedAndTheOthersAreShown() {
        // given
        var answers = new TreeMap<>(TWO);
        answers.put("p-3", new Silent("no answer"));
        answers.put("p-4", new Failed("unknown command"));

        // when
        var told = told(answers, true);

        // then
        assertThat(told).startsWith("p-3: no answer\np-4: unknown command\n").contains("17");
        assertThat(exit).isEqualTo(ConsoleCommand.SOME_FAILED);
    }

    @Test
    void aCommandWithoutRowsIsToldPodByPod() {
        // when
        var told = told(Map.of("p-1", new Done("PAUSE"), "p-2", new Done("PAUSE")), false);

        // then
        assertThat(told).isEqualTo("p-1: PAUSE\np-2: PAUSE\n");
        assertThat(exit).isZero();
    }

    @Test
    void withoutPoolOrCommandTheUsageIsTold() {
        for (var words : List.of(List.<String>of(), List.of("shop/main"), List.of("main", "show", "pools"))) {
            assertThatThrownBy(() -> ConsoleCommand.run(words, System.out))
                    .isInstanceOf(Settings.UsageException.class)
                    .hasMessageContaining("NAMESPACE/POOL");
        }
    }
}
