package io.pgdoorman.e2e.scale;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The operator of the distribution as a process of this machine, with the heap that its Deployment gives it.
final class OperatorProcess implements AutoCloseable {

    private static final Path PROGRAM = ControlPlane.ROOT.resolve("operator/target/dist/bin/operator");
    private static final Path LOG = ControlPlane.ROOT.resolve("e2e/target/control-plane/operator.log");
    private static final Path HISTOGRAM = LOG.resolveSibling("live-objects.txt");
    /// Of Debian's package faketime.
    private static final Path FAKE_TIME = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");

    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final int port;

    private OperatorProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// Starts, and answers when its metrics do.
    static OperatorProcess start(String heap, String... flags) {
        return start(heap, Map.of(), flags);
    }

    /// The same with a clock that is ahead of all others by so many minutes.
    static OperatorProcess startAhead(int minutes, String heap, String... flags) {
        var environment = Map.of(
                "LD_PRELOAD",
                FAKE_TIME.toString(),
                "FAKETIME",
                "+" + minutes + "m",
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1");
        return start(heap, environment, flags);
    }

    private static OperatorProcess start(String heap, Map<String, String> environment, String... flags) {
        try {
            var port = freePort();
            var words = new ArrayList<>(List.of(PROGRAM.toString(), "run", "--http-port=" + port));
            words.addAll(List.of(flags));
            var builder = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()));
            builder.environment()
                    .put("KUBECONFIG", ControlPlane.operatorConfig().toString());
            builder.environment().put("OPERATOR_JAVA_OPTS", "-Xmx" + heap);
            builder.environment().putAll(environment);
            var operator = new OperatorProcess(builder.start(), port);
            Progress.until("the operator answers", LIMIT, operator::isUp);
            return operator;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private boolean isUp() {
        if (!process.isAlive()) {
            throw new AssertionError("the operator has ended: " + log());
        }
        try {
            return !metrics().isEmpty();
        } catch (IOException _) {
            return false;
        }
    }

    private static String log() {
        try {
            return Files.readString(LOG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String metrics() throws IOException {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// The sum of all samples whose line begins so.
    double metric(String beginning) {
        try {
            return Arrays.stream(metrics().split("\n"))
                    .filter(line -> line.startsWith(beginning))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        } catch (IOException e) {
            throw new AssertionError("no metrics", e);
        }
    }

    long requests(String kind) {
        return (long) metric("doorman_operator_api_requests_total{kind=\"" + kind + "\"}");
    }

    /// What it has spent since it started.
    Effort effort() {
        return new Effort(
                process.info().totalCpuDuration().orElseThrow(),
                (long) metric("doorman_operator_reconcile_seconds_count"),
                requests("read"),
                requests("write"));
    }

    /// Bytes of live objects; of what kinds they are can be read afterwards.
    long liveHeap() {
        var java = process.info().command().orElseThrow();
        var said = Command.of(
                        Path.of(java).resolveSibling("jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.class_histogram")
                .succeed();
        keep(said);
        var total = said.lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(total.trim().split("\\s+")[2]);
    }

    private static void keep(String histogram) {
        try {
            Files.writeString(HISTOGRAM, histogram);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// As the kernel ends a process that has too much memory.
    void kill() {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
