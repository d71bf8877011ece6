package io.pgdoorman.config.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Operators and poolers of other versions name a configuration by its hash: a new key must not change that of files
/// without it.
class UnsaidTest {

    private static final Path ALWAYS_SAID = Path.of("src/test/resources/always-said.txt");

    /// A table with one key of each kind, as a newer version would have them.
    private record Table(int size, int inherited) {}

    private static final Section<Table> S = new Section<>("table", "A table.");

    static {
        S.hot("size", Types.integer(0, 100)).unsaid().orElse(7).acts(Table::size, "Has a default.");
        S.hot("inherited", Types.integer(0, 100))
                .unsaid()
                .inherits("general.inherited")
                .acts(Table::inherited, "Has what is above.");
    }

    private static String canonical(Table table, int above) {
        ObjectNode general = JsonNodeFactory.instance.objectNode().put("inherited", above);
        return S.canonical(table, Map.of("general.", general)).toString();
    }

    @Test
    void aNewKeyIsLeftOutWhileItIsAsIfItWereAbsent() {
        assertThat(canonical(new Table(7, 3), 3)).isEqualTo("{}");
    }

    @Test
    void aNewKeyChangesTheHashWhenItMeansSomething() {
        assertThat(canonical(new Table(8, 3), 3)).isEqualTo("{\"size\":8}");
        assertThat(canonical(new Table(7, 3), 4)).isEqualTo("{\"inherited\":3}");
    }

    /// The list is closed: it has what was in the canonical form from the beginning.
    @Test
    void everyKeyThatIsNewerIsUnsaid() throws Exception {
        // given
        var first = Files.readAllLines(ALWAYS_SAID);

        // when
        var said = Catalogue.sections().stream()
                .flatMap(section -> section.settings().stream()
                        .filter(setting -> setting.support() instanceof Support.Acts && !setting.isUnsaid())
                        .map(setting -> section.path() + "." + setting.name()));

        // then
        assertThat(said)
                .as("a new key is .unsaid(): else an operator of this version and poolers of the last one have"
                        + " different hashes for the same file, and no change reaches a pod")
                .containsExactlyInAnyOrderElementsOf(first);
    }
}
