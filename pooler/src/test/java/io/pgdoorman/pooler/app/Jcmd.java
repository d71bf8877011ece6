package io.pgdoorman.pooler.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What a JVM says of itself.
final class Jcmd {
    private Jcmd() {}

    static String ask(long pid, String... command) {
        var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        var line = Stream.concat(Stream.of(jcmd, String.valueOf(pid)), Stream.of(command))
                .toList();
        try {
            var process = new ProcessBuilder(line).redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
