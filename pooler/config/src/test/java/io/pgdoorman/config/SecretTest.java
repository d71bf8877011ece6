package io.pgdoorman.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretTest {

    @Test
    void readsAFileWithoutItsLastNewline(@TempDir Path folder) throws IOException {
        // given
        var file = Files.writeString(folder.resolve("password"), "two\nlines\n", StandardCharsets.UTF_8);

        // when
        var resolved = new Secret.FromFile(file).resolve();

        // then
        assertThat(resolved).isEqualTo(new Secret.Resolved.Value("two\nlines"));
    }

    @Test
    void saysWhichReferenceCannotBeReadAndWhy(@TempDir Path folder) throws IOException {
        // given
        var absent = folder.resolve("absent");
        var binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, 1});
        var huge = Files.write(folder.resolve("huge"), new byte[Secret.MAX_BYTES + 1]);

        // when
        var answers = List.of(
                new Secret.FromFile(absent).resolve(),
                new Secret.FromFile(binary).resolve(),
                new Secret.FromFile(huge).resolve(),
                new Secret.FromEnv("NO_SUCH_VARIABLE_HERE").resolve());

        // then
        assertThat(answers)
                .containsExactly(
                        new Secret.Resolved.Unreadable("secret file " + absent + " does not exist"),
                        new Secret.Resolved.Unreadable("secret file " + binary + " is not UTF-8"),
                        new Secret.Resolved.Unreadable("secret file " + huge + " is larger than 65536 bytes"),
                        new Secret.Resolved.Unreadable("environment variable NO_SUCH_VARIABLE_HERE is not set"));
    }

    @Test
    void neverShowsItsValue() {
        // given
        var secret = new Secret.Inline("hush");

        // when
        var shown = secret + " " + secret.resolve();

        // then
        assertThat(shown).doesNotContain("hush");
    }
}
