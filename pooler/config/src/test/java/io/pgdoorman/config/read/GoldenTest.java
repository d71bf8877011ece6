package io.pgdoorman.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each file of `golden/valid` and `golden/invalid` gives what the `.expected` file beside it says;
/// `-Dgolden.write=true` rewrites those instead, to be read before they are committed.
class GoldenTest {

    private static final Path GOLDEN =
            Path.of(System.getProperty("root.dir", "../.."), "pooler/config/src/test/resources/golden");

    static Stream<String> files() throws IOException {
        try (var files = Files.walk(GOLDEN, 2)) {
            return files
                    .filter(file -> file.toString().matches(".*/(in)?valid/[^/]+\\.(yaml|toml)"))
                    .filter(file -> !file.getFileName().toString().startsWith("part-"))
                    .map(file -> GOLDEN.relativize(file).toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void givesWhatIsExpected(String name) throws IOException {
        // given
        var file = GOLDEN.resolve(name);
        var expected = Path.of(file + ".expected");

        // when
        var result = ConfigReader.read(file);

        // then
        var shown = switch (result) {
            case ReadResult.Valid valid -> valid.canonical() + "\n" + lines(valid.warnings().stream());
            case ReadResult.Invalid invalid -> lines(invalid.faults().stream());
        };
        var text = shown.replace(file.getParent() + "/", "");
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(expected, text);
        }
        assertThat(result).isInstanceOf(name.startsWith("valid") ? ReadResult.Valid.class : ReadResult.Invalid.class);
        assertThat(text).isEqualTo(Files.readString(expected));
    }

    private static String lines(Stream<?> remarks) {
        return remarks.map(remark -> remark + "\n").collect(Collectors.joining());
    }
}
