package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The operator's process.
class OperatorMainIT {

    private static final int LIMIT_SECONDS = 120;

    @TempDir
    private Path folder;

    private Process start(String apiServer) throws IOException {
        var builder = new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                OperatorMain.class.getName(),
                "run",
                "--http-port=0");
        builder.environment()
                .putAll(Map.of(
                        "KUBERNETES_MASTER",
                        apiServer,
                        "KUBECONFIG",
                        folder.resolve("none").toString(),
                        "HOME",
                        folder.toString()));
        return builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    @Test
    void endsWhenItCannotStartSoThatAnotherMayTry() throws IOException, InterruptedException {
        // given
        var nobodyIsLetIn = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        nobodyIsLetIn.createContext("/", exchange -> {
            exchange.sendResponseHeaders(403, -1);
            exchange.close();
        });
        nobodyIsLetIn.start();

        // when
        var process = start("http://127.0.0.1:" + nobodyIsLetIn.getAddress().getPort());
        var hasEnded = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        nobodyIsLetIn.stop(0);

        // then
        assertThat(hasEnded).as("it lives on though it does nothing").isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(folder.resolve("log")).content().contains("operator ends, as it could not start");
    }

    @Test
    void waitsForAnApiServerThatIsAway() throws IOException, InterruptedException {
        var process = start("http://127.0.0.1:1");
        try {
            var log = folder.resolve("log");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!Files.readString(log).contains("the API server does not answer, and is waited for")) {
                assertThat(process.waitFor(50, TimeUnit.MILLISECONDS))
                        .as("it ended")
                        .isFalse();
                assertThat(System.nanoTime()).as("nothing is said of it").isLessThan(deadline);
            }
            assertThat(process.isAlive()).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }
}
