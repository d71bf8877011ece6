package io.pgdoorman.pooler;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.pooler.hba.HbaMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// ACCESS.md says what is true.
class AccessDocumentTest {
    private static final Pattern CONFIGURATION = Pattern.compile("```yaml\n(general:.*?)```", Pattern.DOTALL);

    private static String document() throws IOException {
        return Files.readString(Path.of("ACCESS.md"));
    }

    @Test
    void everyConfigurationInItIsValid() throws IOException {
        // given
        var configurations = CONFIGURATION
                .matcher(document())
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();

        // when then
        assertThat(configurations).hasSize(5).allSatisfy(text -> {
            var result = ConfigReader.parse(text, Format.YAML, "ACCESS.md");
            assertThat(result).as(String.valueOf(result)).isInstanceOf(ReadResult.Valid.class);
        });
    }

    @Test
    void everyMethodIsInItsTable() throws IOException {
        // given
        var document = document();

        // when then
        assertThat(Arrays.stream(HbaMethod.values())
                        .map(HbaMethod::word)
                        .filter(word -> !word.isEmpty())
                        .filter(word -> !document.lines()
                                .filter(line -> line.startsWith("| `"))
                                .anyMatch(line -> line.split("\\|")[1].contains("`" + word + "`"))))
                .isEmpty();
    }
}
