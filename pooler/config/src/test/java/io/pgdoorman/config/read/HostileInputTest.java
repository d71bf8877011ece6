package io.pgdoorman.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whatever a file holds, the answer is a result, soon and small.
class HostileInputTest {

    private static final Path GOLDEN =
            Path.of(System.getProperty("root.dir", "../.."), "pooler/config/src/test/resources/golden/valid");

    @ParameterizedTest
    @EnumSource(Format.class)
    void brokenBytesNeverThrow(Format format) throws IOException {
        // given
        var original = Files.readAllBytes(GOLDEN.resolve("everything." + (format == Format.YAML ? "yaml" : "toml")));
        var random = new Random(7);

        for (var round = 0; round < 3000; round++) {
            var bytes = original.clone();
            for (var hit = 0; hit <= random.nextInt(4); hit++) {
                bytes[random.nextInt(bytes.length)] = (byte) "{}[]:,&*#\"'\\\n\0-|>%@!=.0 x".charAt(random.nextInt(25));
            }
            var length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
            var text = new String(bytes, 0, length, StandardCharsets.UTF_8);

            // when
            var result = ConfigReader.parse(text, format, "broken");

            // then
            assertThat(result).isNotNull();
            if (result instanceof ReadResult.Invalid(var faults)) {
                assertThat(faults).isNotEmpty();
                assertThat(faults.toString()).doesNotContain("hush-hush");
            }
        }
    }

    @Test
    void passwordsWithoutASpaceBeforeThemAreNotShown() {
        // given
        var text = """
            pools:
              shop:
                auth_query: {"password:hush-hush": 1, "hash=hush-hush"}
                users: [{username: a, password: {"file:hush-hush"}}, {username: b, password: {"env=hush-hush": x}}]
            """;

        // when
        var result = ConfigReader.parse(text, Format.YAML, "typo.yaml");

        // then
        assertThat(result.toString())
                .contains("auth_query.\"password…\": unknown key", "unknown key \"env…\"")
                .doesNotContain("hush-hush");
    }

    @Test
    void aliasesThatMultiplyAreRefused() {
        // given
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 20; level++) {
            var alias = "*a" + (level - 1);
            text.append("a%d: &a%d [%s]\n".formatted(level, level, (alias + ",").repeat(10)));
        }

        // when
        var result = ConfigReader.parse(text.toString(), Format.YAML, "bomb.yaml");

        // then
        assertThat(result).asString().contains("more than 200000 values");
    }

    @Test
    void anAliasInsideItsOwnAnchorIsRefused() {
        // given
        var text = "general: &g {port: *g}";

        // when
        var result = ConfigReader.parse(text, Format.YAML, "loop.yaml");

        // then
        assertThat(result).asString().contains("has no anchor before it");
    }

    @Test
    void depthIsRefused() {
        // given
        var yaml = "a: " + "[".repeat(100_000);
        var block = new StringBuilder();
        for (var level = 0; level < 1000; level++) {
            block.append(" ".repeat(level)).append("a:\n");
        }
        var toml = "a = " + "[".repeat(100_000);
        var dotted = "a.".repeat(50_000) + "a = 1";

        // when
        var results = List.of(
                ConfigReader.parse(yaml, Format.YAML, "deep.yaml"),
                ConfigReader.parse(block.toString(), Format.YAML, "deep.yaml"),
                ConfigReader.parse(toml, Format.TOML, "deep.toml"),
                ConfigReader.parse(dotted, Format.TOML, "deep.toml"));

        // then
        assertThat(results).allSatisfy(result -> assertThat(result).isInstanceOf(ReadResult.Invalid.class));
    }

    @Test
    void sizeIsRefused(@TempDir Path folder) throws IOException {
        // given
        var file = Files.writeString(folder.resolve("big.yaml"), "#".repeat(4 * 1024 * 1024 + 1));

        // when
        var result = ConfigReader.read(file);

        // then
        assertThat(result).asString().contains("is larger than 4194304 bytes");
    }

    @Test
    void faultsAreCounted() {
        // given
        var text = new StringBuilder("general:\n");
        for (var key = 0; key < 5000; key++) {
            text.append("  no_such_key_").append(key).append(": 1\n");
        }

        // when
        var result = ConfigReader.parse(text.toString(), Format.YAML, "many.yaml");

        // then
        assertThat(((ReadResult.Invalid) result).faults()).hasSizeLessThan(250);
    }

    @Test
    void missingFoldersAndForeignBytesAreFaults(@TempDir Path folder) throws IOException {
        // given
        var binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

        // when
        var results = List.of(
                ConfigReader.read(folder.resolve("absent.yaml")), ConfigReader.read(binary), ConfigReader.read(folder));

        // then
        assertThat(results)
                .map(Object::toString)
                .satisfiesExactly(
                        absent -> assertThat(absent).contains("does not exist"),
                        foreign -> assertThat(foreign).contains("is not UTF-8"),
                        directory -> assertThat(directory).contains("cannot be read"));
    }
}
