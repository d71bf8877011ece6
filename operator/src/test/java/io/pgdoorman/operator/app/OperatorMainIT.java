package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The operator's process.
class OperatorMainIT {

    private static final int LIMIT_SECONDS = 120;

    @Test
    void endsWhenItCannotStartSoThatAnotherMayTry(@TempDir Path folder) throws IOException, InterruptedException {
        // given
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
                        "http://127.0.0.1:1",
                        "KUBECONFIG",
                        folder.resolve("none").toString(),
                        "HOME",
                        folder.toString()));
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile());

        // when
        var process = builder.start();
        var hasEnded = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();

        // then
        assertThat(hasEnded).as("it lives on though it does nothing").isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(folder.resolve("log")).content().contains("operator ends, as it could not start");
    }
}
