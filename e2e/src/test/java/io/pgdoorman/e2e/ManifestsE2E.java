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
    private static final String EXPECT = "# expect: ";

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
    void refusesWhatIsInvalidAndNamesTheField(String file) throws IOException {
        // when
        var answer = apply(file);

        // then
        assertThat(answer.succeeded()).as("accepted: %s", answer.out()).isFalse();
        assertThat(answer.err()).contains(expectedFields(file));
    }

    static List<String> acceptsWhatIsValid() throws IOException {
        return golden("valid-");
    }

    static List<String> refusesWhatIsInvalidAndNamesTheField() throws IOException {
        return golden("invalid-");
    }

    private Command.Output apply(String file) {
        return kubectl.command(
                        "apply", "--dry-run=server", "-f", GOLDEN.resolve(file).toString())
                .run();
    }

    /// The golden files name an item of a list by its name and the API server by its number; the field is the same.
    private static List<String> expectedFields(String file) throws IOException {
        return Files.readAllLines(GOLDEN.resolve(file)).stream()
                .filter(line -> line.startsWith(EXPECT))
                .map(line -> line.substring(EXPECT.length(), line.indexOf(": ", EXPECT.length())))
                .map(path -> path.replaceAll("\\[[^]]*]", ""))
                .map(path -> path.substring(path.lastIndexOf('.') + 1))
                .toList();
    }

    private static List<String> golden(String prefix) throws IOException {
        try (Stream<Path> files = Files.list(GOLDEN)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }
}
