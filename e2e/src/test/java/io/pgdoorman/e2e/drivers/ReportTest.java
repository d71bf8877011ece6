package io.pgdoorman.e2e.drivers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReportTest {

    private static final String LAST = Driver.scenarios().getLast();

    private static String allButTheLast() {
        return Driver.scenarios().stream()
                .filter(scenario -> !scenario.equals(LAST))
                .map(scenario -> "ok " + scenario + "\n")
                .collect(Collectors.joining());
    }

    @Test
    void aScenarioThatIsNotRunFails() {
        // when
        var report = Report.of(Map.of(), 0, allButTheLast());

        // then
        assertThat(report.failures()).containsExactly(LAST + ": it said nothing");
    }

    @Test
    void aScenarioThatIsDeclaredToBeLeftOutDoesNot() {
        // when
        var report = Report.of(Map.of(LAST, "no such thing"), 0, allButTheLast());

        // then
        assertThat(report.failures()).isEmpty();
        assertThat(report.of(LAST)).isEqualTo(new Report.Skipped("no such thing"));
    }

    @Test
    void aProgramMustNotRunWhatItIsDeclaredToLeaveOut() {
        // when
        var report = Report.of(Map.of(LAST, "no such thing"), 0, allButTheLast() + "ok " + LAST);

        // then
        assertThat(report.failures()).singleElement().asString().contains("a verdict for " + LAST);
    }

    @Test
    void whatNobodyAskedForIsBroken() {
        // when
        var report =
                Report.of(Map.of(LAST, "no such thing"), 3, allButTheLast() + "ok nothing-like-this\nskip login - why");

        // then
        assertThat(report.failures())
                .containsExactly("it ended with 3", "it printed: ok nothing-like-this", "it printed: skip login - why");
    }

    @Test
    void aDeclarationNamesAScenarioAndAReason() {
        // when
        var cannot = Driver.cannot("a", List.of("a login has no users", "b startup has none"));

        // then
        assertThat(cannot).isEqualTo(Map.of("login", "has no users"));
        assertThatThrownBy(() -> Driver.cannot("a", List.of("a login"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Driver.cannot("a", List.of("a nothing-like-this why")))
                .isInstanceOf(IllegalStateException.class);
    }
}
