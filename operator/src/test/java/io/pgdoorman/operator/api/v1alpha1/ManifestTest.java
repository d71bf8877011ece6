package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Golden manifests: `valid-*.yaml` are accepted; `invalid-*.yaml` begin with `# expect: PATH: part of the
/// message`, and with `# server: part of the message`, which is what a real API server has to answer
/// (`ManifestsE2E`).
class ManifestTest {

    private static final Path GOLDEN = Path.of("src/test/resources/manifests");

    static Stream<Path> valid() throws IOException {
        return golden("valid-");
    }

    static Stream<Path> invalid() throws IOException {
        return golden("invalid-");
    }

    private static Stream<Path> golden(String prefix) throws IOException {
        try (var files = Files.list(GOLDEN)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("valid")
    void acceptsWhatIsRight(Path file) throws Exception {
        // given
        var text = Files.readString(file);

        // when
        var reads = Manifest.readAll(text);

        // then
        assertThat(reads).hasSize(1).first().isInstanceOf(Manifest.Read.Valid.class);
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void refusesWhatIsWrongAndSaysWhere(Path file) throws Exception {
        // given
        var lines = Files.readAllLines(file);
        var expected = lines.stream()
                .filter(line -> line.startsWith("# expect: "))
                .map(line -> line.substring("# expect: ".length()))
                .toList();

        // when
        var reads = Manifest.readAll(String.join("\n", lines));

        // then
        assertThat(reads).hasSize(1).first().isInstanceOf(Manifest.Read.Invalid.class);
        var problems = ((Manifest.Read.Invalid) reads.getFirst())
                .problems().stream().map(Problem::toString).toList();
        assertThat(expected)
                .isNotEmpty()
                .allSatisfy(part -> assertThat(problems).anyMatch(text -> text.startsWith(part)));
        assertThat(problems).hasSameSizeAs(expected);
    }

    /// CEL would have to tell numbers from percent.
    @Test
    void aReserveLeavesSomethingOfTheBudget() throws Exception {
        // given
        var smallest = Files.readString(GOLDEN.resolve("valid-smallest.yaml"));
        var text = smallest.stripTrailing() + "\n  budget: {maxServerConnections: 60, surgeReserve: 60}\n";

        // when
        var read = Manifest.readAll(text).getFirst();

        // then
        assertThat(read)
                .isInstanceOfSatisfying(
                        Manifest.Read.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .singleElement()
                                .hasToString(
                                        "spec.budget.surgeReserve: must be less than maxServerConnections, which is"
                                                + " 60"));
    }

    @Test
    void fillsInTheDefaultsOfTheSchema() throws Exception {
        // given
        var text = Files.readString(GOLDEN.resolve("valid-smallest.yaml"));

        // when
        var read = Manifest.readAll(text).getFirst();

        // then
        assertThat(read).isInstanceOfSatisfying(Manifest.Read.Valid.class, valid -> {
            var spec = valid.pool().getSpec();
            assertThat(spec.replicas()).isEqualTo(2);
            assertThat(spec.poolMode()).isEqualTo(PoolMode.Transaction);
            assertThat(spec.rollout().drain().timeout()).isEqualTo("5m");
            assertThat(spec.reload().canary()).isTrue();
            assertThat(spec.auth().users().getFirst().secretRef()).isEqualTo(new SecretRef("app-db", "password"));
            assertThat(spec.service().type()).isEqualTo(ServiceSpec.Type.ClusterIP);
        });
    }

    @Test
    void passesOverOtherKinds() {
        // given
        var text = "kind: Secret\napiVersion: v1\n---\n---\nkind: Service\n";

        // when
        var reads = Manifest.readAll(text);

        // then
        assertThat(reads).isEqualTo(List.of());
    }
}
