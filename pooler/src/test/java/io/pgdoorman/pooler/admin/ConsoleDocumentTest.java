package io.pgdoorman.pooler.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.wire.Column;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// CONSOLE.md lists every command with its columns, and no other. `-Ddocs.write=true` renews the columns.
class ConsoleDocumentTest {
    private static final Path FILE = Path.of(System.getProperty("root.dir"), "pooler", "CONSOLE.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z_ ]+[^`]*)` \\| ([^|]+) \\| ([^|]*)\\|$");

    private final Commands commands = new Console(new Console.Sources(
                    new FakeSnapshots(),
                    new ProcessStats(),
                    new FakeAdminActions(),
                    List::of,
                    new FakeInspection(),
                    new FakeLogLevels()))
            .commands();

    private static String columns(Command command) {
        return command.columns(List.of()).stream().map(Column::name).collect(Collectors.joining(", "));
    }

    private Map<String, String> expected() {
        var rows = new TreeMap<String, String>();
        commands.listed().forEach(command -> rows.put(bars(command.usage()), columns(command)));
        return rows;
    }

    /// A bar would end the cell.
    private static String bars(String usage) {
        return usage.replace("|", ", ");
    }

    @Test
    void everyCommandStandsInItWithItsColumns() throws IOException {
        // given
        var text = Files.readString(FILE);
        if (Boolean.getBoolean("docs.write")) {
            text = ROW.matcher(text)
                    .replaceAll(row -> "| `" + row.group(1) + "` | " + row.group(2) + " | "
                            + expected().getOrDefault(row.group(1), "") + " |");
            Files.writeString(FILE, text);
        }

        // when
        var written = new TreeMap<String, String>();
        ROW.matcher(text)
                .results()
                .forEach(row -> written.put(row.group(1), row.group(3).strip()));

        // then
        assertThat(written).isEqualTo(expected());
    }
}
