package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// Hears the datagrams of a Unix socket, a line each (in Python: Java has no such sockets).
record DatagramListener(Process process, BufferedReader lines) implements AutoCloseable {
    private static final String PROGRAM = """
        import os, socket, sys
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind(sys.argv[1].replace('@', '\\0', 1) if sys.argv[1].startswith('@') else sys.argv[1])
        print('bound', flush=True)
        while True:
            print(s.recv(4096).decode().replace('\\n', ' '), flush=True)
        """;

    static DatagramListener at(String path) throws IOException {
        var process = new ProcessBuilder("python3", "-c", PROGRAM, path)
                .redirectErrorStream(true)
                .start();
        var lines = process.inputReader(StandardCharsets.UTF_8);
        assertThat(lines.readLine()).isEqualTo("bound");
        return new DatagramListener(process, lines);
    }

    String next() throws IOException {
        return Objects.requireNonNull(lines.readLine());
    }

    @Override
    public void close() {
        process.destroy();
    }
}
