package io.pgdoorman.pooler.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What the pooler itself tells clients is documented, and recognized.
class OwnErrorsTest {
    private static final Path ROOT = Path.of(System.getProperty("root.dir"), "pooler");
    private static final Pattern MADE =
            // `failed` and `Refused` are the console's;
            // a refused login and a broken proof are told as fatal errors by the porch
            Pattern.compile(
                    "(PgError\\s*\\.\\s*fatal|PgError\\s*\\.\\s*error|new AuthException|refuse|[ (]failed|new Refused)"
                            + "\\(\\s*(.*?),\\s",
                    Pattern.DOTALL);
    private static final Pattern STAYS = Pattern.compile("(error|failed|Refused)$");
    private static final Pattern STATE = Pattern.compile("SqlState\\.([A-Z_]+)|\"([0-9A-Z]{5})\"");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| ([0-9A-Z]{5}) \\| (FATAL|ERROR) \\| \\S.*$");

    @Test
    void tableHasEveryErrorThatIsMadeAndNoOther() throws IOException {
        // given
        Set<String> made = new TreeSet<>();
        try (var sources = Files.walk(ROOT.resolve("src/main/java"))) {
            for (var source :
                    sources.filter(file -> file.toString().endsWith(".java")).toList()) {
                collect(Files.readString(source), made);
            }
        }

        // when
        Set<String> written = new TreeSet<>();
        ROW.matcher(Files.readString(ROOT.resolve("ERRORS.md")))
                .results()
                .forEach(row -> written.add(row.group(1) + " " + row.group(2)));

        // then
        assertThat(made).hasSizeGreaterThan(15);
        assertThat(written).isEqualTo(made);
    }

    private static void collect(String source, Set<String> made) {
        MADE.matcher(source)
                .results()
                .forEach(call -> STATE.matcher(call.group(2))
                        .results()
                        .forEach(state -> made.add(code(state.group(1), state.group(2))
                                + (STAYS.matcher(call.group(1)).find() ? " ERROR" : " FATAL"))));
    }

    private static String code(String constant, String literal) {
        try {
            return constant == null
                    ? literal
                    : (String) SqlState.class.getField(constant).get(null);
        } catch (ReflectiveOperationException unknown) {
            throw new LinkageError(constant, unknown);
        }
    }

    @Test
    void ownErrorsCarryDetailHintAndTheMark() {
        // given
        var out = Unpooled.buffer();

        // when
        BackendWriter.error(
                out,
                PgError.error(SqlState.QUERY_CANCELED, "too long")
                        .withDetail("77 s")
                        .withHint("query_timeout"));

        // then
        assertThat(out.toString(5, out.readableBytes() - 5, StandardCharsets.UTF_8))
                .isEqualTo("SERROR\0VERROR\0C57014\0Mtoo long\0D77 s\0Hquery_timeout\0Rpgdoorman\0\0");
    }
}
