package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.net.Heartbeats;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.TransportKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What systemd hears, by a socket of its kind (in Python: Java has no datagrams for Unix sockets).
class SupervisorIT {
    private static final String LISTENER = """
        import os, socket, sys
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind(sys.argv[1].replace('@', '\\0', 1) if sys.argv[1].startswith('@') else sys.argv[1])
        print('bound', flush=True)
        while True:
            print(s.recv(4096).decode().replace('\\n', ' '), flush=True)
        """;

    @TempDir
    private Path folder;

    /// Somebody who listens.
    private record Listener(Process process, BufferedReader lines) implements AutoCloseable {
        static Listener at(String path) throws IOException {
            var process = new ProcessBuilder("python3", "-c", LISTENER, path)
                    .redirectErrorStream(true)
                    .start();
            var lines = process.inputReader(StandardCharsets.UTF_8);
            assertThat(lines.readLine()).isEqualTo("bound");
            return new Listener(process, lines);
        }

        String next() throws IOException {
            return Objects.requireNonNull(lines.readLine());
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    @Test
    void tellsWhatTheProcessDoesAndThatItLives() throws Exception {
        for (var path : List.of(
                folder.resolve("notify").toString(),
                "@doorman-notify-" + ProcessHandle.current().pid())) {
            // given
            var loops = new Loops(TransportKind.choose("nio"), 1);
            var heartbeats = new Heartbeats(loops, System::nanoTime);
            heartbeats.start();
            try (var listener = Listener.at(path);
                    loops;
                    var supervisor =
                            new Supervisor(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", "60000000"), heartbeats)) {
                // when
                supervisor.reloading();
                supervisor.reloaded("configuration\napplied");
                supervisor.stopping();
                supervisor.ready();

                // then
                assertThat(listener.next()).matches("RELOADING=1 MONOTONIC_USEC=\\d+");
                assertThat(listener.next()).isEqualTo("READY=1 STATUS=configuration applied");
                assertThat(listener.next()).isEqualTo("STOPPING=1 STATUS=draining");
                var last = new ArrayList<>(List.of(listener.next(), listener.next()));
                assertThat(last)
                        .containsExactlyInAnyOrder(
                                "READY=1 MAINPID=" + ProcessHandle.current().pid(), "WATCHDOG=1");
            }
        }
    }

    @Test
    void doesNothingWithoutASocketAndSurvivesOneThatNobodyReads() throws Exception {
        // given
        var loops = new Loops(TransportKind.choose("nio"), 1);
        var heartbeats = new Heartbeats(loops, System::nanoTime);
        try (loops;
                var without = new Supervisor(Map.of(), heartbeats);
                var deaf = new Supervisor(
                        Map.of("NOTIFY_SOCKET", folder.resolve("nobody").toString()), heartbeats)) {
            // when
            without.ready();
            deaf.ready();
            deaf.stopping();

            // then
            assertThat(Files.exists(folder.resolve("nobody"))).isFalse();
            assertThatThrownBy(() -> Supervisor.send("relative", "READY=1")).hasMessageContaining("relative");
        }
    }
}
