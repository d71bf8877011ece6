package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The API server itself refuses what is wrong with a manifest, before the operator sees it.
@OnCluster
class ManifestsE2E {

    private static final Path GOLDEN = Cluster.ROOT.resolve("operator/src/test/resources/manifests");
    private static final String EXPECT = "# server: ";

    private final Kubectl kubectl;

    ManifestsE2E(Kubectl kubectl) {
        this.kubectl = kubectl.in("default");
    }

    @ParameterizedTest
    @MethodSource
    void acceptsWhatIsValid(String file) {
        // when
        var answer = apply(file);

        // then
        assertThat(answer.succeeded()).as(answer.all()).isTrue();
    }

    @ParameterizedTest
    @MethodSource
    void refusesWhatIsInvalidAndSaysWhy(String file) throws IOException {
        // when
        var answer = apply(file);

        // then
        assertThat(answer.succeeded()).as("accepted: %s", answer.out()).isFalse();
        assertThat(answer.err()).contains(expectedWords(file));
    }

    static List<String> acceptsWhatIsValid() throws IOException {
        return golden("valid-");
    }

    static List<String> refusesWhatIsInvalidAndSaysWhy() throws IOException {
        return golden("invalid-");
    }

    private Command.Output apply(String file) {
        return kubectl.command(
                        "apply", "--dry-run=server", "-f", GOLDEN.resolve(file).toString())
                .run();
    }

    /// What the API server has to say, as the golden file says; the operator's own words stand beside it.
    private static List<String> expectedWords(String file) throws IOException {
        var words = Files.readAllLines(GOLDEN.resolve(file)).stream()
                .filter(line -> line.startsWith(EXPECT))
                .map(line -> line.substring(EXPECT.length()))
                .toList();
        assertThat(words).as("lines \"%s…\" of %s", EXPECT, file).isNotEmpty();
        return words;
    }

    private static List<String> golden(String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(GOLDEN)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .map(file -> GOLDEN.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
