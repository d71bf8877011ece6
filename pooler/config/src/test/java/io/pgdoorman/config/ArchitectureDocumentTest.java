package io.pgdoorman.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// ARCHITECTURE.md lists every room with the sentence that its package gives of itself.
class ArchitectureDocumentTest {

    private static final Path ROOT = Path.of(System.getProperty("root.dir", "../.."));
    private static final List<String> SOURCES =
            List.of("pooler/config/src/main/java", "pooler/src/main/java", "operator/src/main/java");

    @Test
    void everyRoomStandsInTheDocumentInItsOwnWords() throws Exception {
        // given
        var document = Files.readString(ROOT.resolve("ARCHITECTURE.md")).replaceAll("\\s+", " ");

        for (var source : SOURCES) {
            try (var files = Files.walk(ROOT.resolve(source))) {
                for (var file : files.filter(found -> found.endsWith("package-info.java"))
                        .toList()) {
                    // when
                    var sentence = sentence(file);

                    // then
                    assertThat(document)
                            .as("ARCHITECTURE.md: the row of %s", ROOT.relativize(file))
                            .contains(sentence);
                }
            }
        }
    }

    private static String sentence(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith("/// "))
                    .map(line -> line.substring(4).strip())
                    .collect(Collectors.joining(" "))
                    .replaceFirst("^`[^`]*`: ", "");
        }
    }
}
