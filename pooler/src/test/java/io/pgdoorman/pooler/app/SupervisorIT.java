package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.net.Heartbeats;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.TransportKind;
import io.pgdoorman.pooler.script.PoolerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What systemd hears, by a socket of its kind.
class SupervisorIT {
    @TempDir
    private Path folder;

    @Test
    void tellsWhatTheProcessDoesAndThatItLives() throws Exception {
        for (var path : List.of(
                folder.resolve("notify").toString(),
                "@doorman-notify-" + ProcessHandle.current().pid())) {
            // given
            var loops = new Loops(TransportKind.choose("nio"), 1);
            var heartbeats = new Heartbeats(loops, System::nanoTime);
            heartbeats.start();
            try (var listener = DatagramListener.at(path);
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
    void mainProcessNamesTheOneThatTakesOverAndComesBack() throws Exception {
        // given
        var path = folder.resolve("notify").toString();
        var loops = new Loops(TransportKind.choose("nio"), 1);
        try (var listener = DatagramListener.at(path);
                loops;
                var supervisor =
                        new Supervisor(Map.of("NOTIFY_SOCKET", path), new Heartbeats(loops, System::nanoTime))) {
            // when
            supervisor.handedOver(4711);
            supervisor.stopping(); // of no interest now
            supervisor.tookBack();
            supervisor.stopping();

            // then
            assertThat(listener.next()).isEqualTo("MAINPID=4711");
            assertThat(listener.next())
                    .isEqualTo("READY=1 MAINPID=" + ProcessHandle.current().pid());
            assertThat(listener.next()).isEqualTo("STOPPING=1 STATUS=draining");
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void systemdFollowsAnUpgradeFromOneProcessToTheNext() throws Exception {
        // given
        var path = folder.resolve("notify").toString();
        try (var listener = DatagramListener.at(path);
                var pooler = new PoolerProcess.Wish(folder)
                        .flags("-XX:TieredStopAtLevel=1")
                        .environment("NOTIFY_SOCKET", path)
                        .start()) {
            long before = pooler.pid();
            assertThat(listener.next()).isEqualTo("READY=1 MAINPID=" + before);

            // when
            pooler.upgrade();

            // then
            String first = listener.next();
            var heard = List.of(first, listener.next());
            assertThat(pooler.pid()).isNotEqualTo(before);
            assertThat(heard).containsExactlyInAnyOrder("MAINPID=" + pooler.pid(), "READY=1 MAINPID=" + pooler.pid());
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
            assertThatThrownBy(() -> new UnixDatagrams("relative")).hasMessageContaining("relative");
        }
    }
}
