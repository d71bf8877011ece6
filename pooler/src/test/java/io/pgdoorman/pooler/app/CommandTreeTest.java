package io.pgdoorman.pooler.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandTreeTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private CommandLine tree(Map<String, String> environment) {
        return CommandTree.of(environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }

    /// The command that would be executed.
    private String parsed(Map<String, String> environment, String... arguments) {
        var result = tree(environment).parseArgs(arguments);
        while (result.hasSubcommand()) {
            result = result.subcommand();
        }
        return result.commandSpec().userObject().toString();
    }

    @Test
    void hasPgDoormansDefaults() {
        assertThat(parsed(Map.of()))
                .isEqualTo("pg_doorman.toml test=false rehearse=false level=info format=text pidFile=null");
    }

    @Test
    void argumentsWinOverTheEnvironment() {
        // given
        var environment = Map.of("CONFIG_FILE", "a.yaml", "LOG_LEVEL", "warn", "LOG_FORMAT", "structured");

        // when
        var said = parsed(environment, "-t", "b.yaml", "-l", "DEBUG", "-n");

        // then
        assertThat(said).isEqualTo("b.yaml test=true rehearse=false level=debug format=structured pidFile=null");
        assertThat(parsed(environment))
                .isEqualTo("a.yaml test=false rehearse=false level=warn format=structured pidFile=null");
    }

    /// The name of a file alone.
    private @Nullable RunCommand plain(Map<String, String> environment, String... arguments) {
        return RunCommand.plain(
                environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), arguments);
    }

    @Test
    void aFileAloneMeansTheSameWithoutTheParser() {
        for (var environment : List.of(
                Map.<String, String>of(),
                Map.of("CONFIG_FILE", "a.yaml", "LOG_LEVEL", "warn", "LOG_FORMAT", "structured"),
                Map.of("LOG_LEVEL", "DEBUG"),
                Map.of("LOG_FORMAT", "Text"))) {
            for (var file : List.of("b.yaml", "/etc/doorman/doorman.toml", "./run")) {
                assertThat(plain(environment, file)).hasToString(parsed(environment, file));
            }
        }
    }

    @Test
    void rehearsalNeedsNoParser() {
        assertThat(plain(Map.of(), "--rehearse")).isNotNull().asString().contains("rehearse=true");
    }

    @Test
    void theParserLooksAtAllElse() {
        assertThat(plain(Map.of())).isNull();
        assertThat(plain(Map.of("LOG_LEVEL", "loud"), "a.yaml")).isNull();
        assertThat(plain(Map.of("LOG_FORMAT", "xml"), "a.yaml")).isNull();
        for (var line :
                List.of("run", "check", "--frob", "-t=a.yaml", "@a.yaml", "run a.yaml", "a.yaml b.yaml", "a.yaml -t")) {
            assertThat(plain(Map.of(), line.split(" "))).as(line).isNull();
        }
    }

    @Test
    void runIsWhatItDoesAnyway() {
        assertThat(parsed(Map.of(), "run", "a.yaml", "--pid-file", "p"))
                .isEqualTo("a.yaml test=false rehearse=false level=info format=text pidFile=p")
                .isEqualTo(parsed(Map.of(), "a.yaml", "--pid-file", "p"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frob", "a b", "-l", "-l loud", "-l debug run a.yaml", "-F xml"})
    void refusesWhatItDoesNotKnowByName(String line) {
        // when
        int code = tree(Map.of()).execute(line.split(" "));

        // then
        assertThat(code).isEqualTo(PoolerMain.EXIT_USAGE);
        assertThat(err.toString(UTF_8)).startsWith("pooler: ").contains("(see pooler --help)");
    }

    @Test
    void namesTheValueThatItDoesNotKnow() {
        assertThatThrownBy(() -> parsed(Map.of(), "-l", "loud"))
                .hasMessageContaining("loud")
                .hasMessageContaining("warn");
    }

    @Test
    void tellsItsVersionAndItsHelp() {
        // when
        int code = tree(Map.of()).execute("--version") + tree(Map.of()).execute("-h");

        // then
        assertThat(code).isZero();
        assertThat(out.toString(UTF_8)).startsWith("pgdoorman pooler ").contains("--pid-file", "import", "Signals:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "check", "generate", "import", "top", "completion"})
    void eachCommandHasHelp(String command) {
        assertThat(tree(Map.of()).execute(command, "--help")).isZero();
        assertThat(out.toString(UTF_8)).startsWith("Usage: pooler " + command).contains("--help");
        assertThat(err.size()).isZero();
    }
}
