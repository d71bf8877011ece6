package io.pgdoorman.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The quickstart with the pooler's distribution, from outside.
class QuickstartIT {

    private static final Path ROOT = Path.of(System.getProperty("root.dir", "../.."));

    @TempDir
    Path folder;

    @Test
    void checkPassesAndLeavesNothing() throws Exception {
        // given
        var process = start();

        // when
        var ended = process.waitFor(170, TimeUnit.SECONDS);

        // then
        assertThat(ended).as("ended; it said: %s", said()).isTrue();
        assertThat(process.exitValue()).as("exit code; it said: %s", said()).isZero();
        assertThat(said())
                .contains("2/2 poolers")
                .contains("invalid edit refused")
                .endsWith("==> check passed\n");
        assertThat(temporary()).isEmptyDirectory();
    }

    @Test
    void killedOperatorTakesItsProcessesAndFilesAlong() throws Exception {
        // given
        var process = start();
        until(said -> said.contains("poolers serve on"), process);
        var children = pids();

        // when
        process.destroyForcibly().waitFor();

        // then
        assertThat(children).hasSize(3);
        until(_ -> isEmpty(temporary()), process);
        assertThat(children)
                .noneMatch(pid ->
                        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent());
    }

    private Process start() throws IOException {
        assertThat(ROOT.resolve("pooler/target/dist/bin/pooler"))
                .as("the pooler's distribution (mvn package)")
                .isExecutable();
        Files.createDirectories(temporary());
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var builder = new ProcessBuilder(List.of(
                        java,
                        "-Djava.io.tmpdir=" + temporary(),
                        "-Dlogback.configurationFile=logback-local.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Quickstart.class.getName(),
                        "--root",
                        ROOT.toString(),
                        "--check"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile());
        builder.environment().put("POOLER_JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private void until(Predicate<String> condition, Process process) throws Exception {
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!condition.test(said())) {
            assertThat(System.nanoTime()).as("deadline; it said: %s", said()).isLessThan(deadline);
            process.waitFor(50, TimeUnit.MILLISECONDS);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private List<Long> pids() throws IOException {
        var pids = new ArrayList<Long>();
        try (var files = Files.walk(temporary(), 5)) {
            for (var file : files.filter(f -> f.endsWith("pid")).toList()) {
                pids.add(Long.parseLong(Files.readString(file).strip()));
            }
        }
        return pids;
    }

    private static boolean isEmpty(Path folder) {
        var names = folder.toFile().list();
        return names != null && names.length == 0;
    }

    private Path temporary() {
        return folder.resolve("tmp");
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("said"));
    }
}
