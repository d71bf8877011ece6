package io.pgdoorman.config.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The committed documents are what the catalogue says; `-Ddocs.write=true` rewrites them instead.
class DocumentsTest {

    private static final Path MODULE = Path.of(System.getProperty("root.dir", "../.."), "pooler/config");

    @Test
    void referenceIsWhatTheCatalogueSays() throws IOException {
        // given
        var file = MODULE.resolve("REFERENCE.md");

        // when
        var text = ReferenceText.write();

        // then
        assertCommitted(file, text);
    }

    @Test
    void sampleIsWhatTheCatalogueSays() throws IOException {
        // given
        var file = MODULE.resolve("sample.yaml");

        // when
        var text = SampleText.write();

        // then
        assertCommitted(file, text);
    }

    @Test
    void sampleIsValidAndSaysTheDefaults() {
        // given
        var minimal = """
            general: {admin_password: {env: ADMIN_PASSWORD}}
            pools:
              shop: {users: [{username: app, password: {env: APP_PASSWORD}, pool_size: 40}]}
            """;

        // when
        var sample = ConfigReader.parse(SampleText.write(), Format.YAML, "sample.yaml");

        // then
        var same = ConfigReader.parse(minimal, Format.YAML, "minimal.yaml");
        assertThat(sample).isInstanceOf(ReadResult.Valid.class).hasToString(same.toString());
        assertThat(((ReadResult.Valid) sample).warnings()).isEqualTo(List.of());
    }

    private static void assertCommitted(Path file, String text) throws IOException {
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(file, text);
        }
        assertThat(file).as("run with -Ddocs.write=true to rewrite").hasContent(text);
    }
}
