package io.pgdoorman.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// All Java sources of the repository are as the formatter writes them; `-Dformat.write=true` rewrites them instead.
///
/// A test and not a Maven plugin, since the formatter reads Java 25 only when it runs on JDK 25, and Maven may run on
/// 17.
class SourceFormatTest {

    private static final Path ROOT = Path.of(System.getProperty("root.dir", "../.."));

    @Test
    void everySourceIsFormatted() throws Exception {
        // given
        var formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(Style.PALANTIR)
                .formatJavadoc(false)
                .build());
        var unformatted = new ArrayList<Path>();

        // when
        for (var source : sources()) {
            var text = Files.readString(source);
            var formatted = formatter.formatSourceAndFixImports(text);
            if (!formatted.equals(text)) {
                unformatted.add(ROOT.relativize(source));
                if (Boolean.getBoolean("format.write")) {
                    Files.writeString(source, formatted);
                }
            }
        }

        // then
        if (!Boolean.getBoolean("format.write")) {
            assertThat(unformatted).as("sources to be formatted by .mvn/format").isEmpty();
        }
    }

    private static List<Path> sources() throws IOException {
        var all = new ArrayList<Path>();
        for (var module : List.of("pooler", "operator", "deploy", "e2e")) {
            try (var files = Files.walk(ROOT.resolve(module))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !file.toString().contains("/target/"))
                        .forEach(all::add);
            }
        }
        return all;
    }
}
