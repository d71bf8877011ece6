package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    private static CommandLine parse(String... arguments) {
        return CommandLine.parse(arguments, Map.of());
    }

    @Test
    void hasPgDoormansDefaults() {
        // given
        // when
        var line = parse();

        // then
        assertThat(line)
                .isEqualTo(new CommandLine(CommandLine.Action.RUN, Path.of("pg_doorman.toml"), "info", "text", null));
    }

    @Test
    void argumentsWinOverTheEnvironment() {
        // given
        var environment = Map.of("CONFIG_FILE", "a.yaml", "LOG_LEVEL", "warn", "LOG_FORMAT", "structured");

        // when
        var line = CommandLine.parse(new String[] {"-t", "b.yaml", "-l", "DEBUG", "-n"}, environment);

        // then
        assertThat(line)
                .isEqualTo(new CommandLine(CommandLine.Action.TEST, Path.of("b.yaml"), "debug", "structured", null));
    }

    @Test
    void runIsWhatItDoesAnyway() {
        assertThat(parse("run", "a.yaml", "--pid-file", "p"))
                .isEqualTo(new CommandLine(CommandLine.Action.RUN, Path.of("a.yaml"), "info", "text", Path.of("p")));
        assertThat(parse("a.yaml", "--pid-file", "p")).isEqualTo(parse("run", "a.yaml", "--pid-file", "p"));
    }

    @Test
    void refusesWhatItDoesNotKnowByName() {
        // given
        // when
        // then
        assertThatThrownBy(() -> parse("--frob")).hasMessageContaining("--frob");
        assertThatThrownBy(() -> parse("a", "b")).hasMessageContaining("more than one");
        assertThatThrownBy(() -> parse("-l")).hasMessageContaining("needs a value");
        assertThatThrownBy(() -> parse("-l", "loud")).hasMessageContaining("\"loud\"");
    }
}
