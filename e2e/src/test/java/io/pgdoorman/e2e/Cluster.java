package io.pgdoorman.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/// The Kubernetes under test with our images loaded and the operator installed: that of `KUBECONFIG`, or else one
/// brought up by `e2e/cluster/cluster` and taken down at the end.
///
/// With `KUBECONFIG`, `E2E_LOAD_IMAGES` is a command that takes an image archive, for instance
/// `kind load image-archive`; without it the images must be there already. `E2E_KEEP` leaves our own cluster up.
final class Cluster implements AutoCloseable {

    static final Path ROOT =
            Path.of(System.getProperty("root.dir", "..")).toAbsolutePath().normalize();
    static final Path WORK = ROOT.resolve("e2e/target/e2e");
    static final String OPERATOR_NAMESPACE = "pgdoorman-system";

    private static final Path SCRIPT = ROOT.resolve("e2e/cluster/cluster");
    private static final Path INSTALL = ROOT.resolve("deploy/install.yaml");
    private static final Duration BUILD_LIMIT = Duration.ofMinutes(45);

    private final Kubectl kubectl;
    private final boolean isOurs;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private Cluster(Kubectl kubectl, boolean isOurs) {
        this.kubectl = kubectl;
        this.isOurs = isOurs;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "cluster-down"));
    }

    /// A cluster that is ready for manifests. What is up already is taken down again if a later step fails.
    static Cluster bringUp() {
        requireDistributions();
        createFolder(WORK);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var archives = CompletableFuture.supplyAsync(() -> new Images(ROOT, WORK).build(), threads);
            var cluster = reach();
            try {
                cluster.load(archives.join());
                cluster.install();
            } catch (RuntimeException | AssertionError e) {
                new Evidence(cluster.kubectl).keep("installation");
                cluster.close();
                throw e;
            }
            return cluster;
        }
    }

    /// Whether there is none of somebody else's to be used.
    static boolean isOurs() {
        var given = System.getenv("KUBECONFIG");
        return given == null || given.isBlank();
    }

    /// A command of `e2e/cluster/cluster`, for a cluster of our own.
    static void script(String... words) {
        var all = new ArrayList<>(List.of(SCRIPT.toString()));
        all.addAll(List.of(words));
        Command.of(all).succeed();
    }

    Kubectl kubectl() {
        return kubectl;
    }

    @Override
    public void close() {
        if (isClosed.getAndSet(true)) {
            return;
        }
        if (isOurs && System.getenv("E2E_KEEP") == null) {
            Progress.say("taking the cluster down");
            Command.of(SCRIPT.toString(), "down").succeed();
        }
    }

    private static Cluster reach() {
        if (!isOurs()) {
            var given = Objects.requireNonNull(System.getenv("KUBECONFIG"));
            Progress.say("using the cluster of KUBECONFIG");
            return new Cluster(new Kubectl(kubectlProgram(), Path.of(given), ""), false);
        }
        Progress.say(
                "bringing up a cluster of two nodes (the first time on a machine Kubernetes is compiled: ten minutes)");
        var program = kubectlProgram();
        var up = Command.of(SCRIPT.toString(), "up", "--nodes", "2")
                .within(BUILD_LIMIT)
                .run();
        if (!up.succeeded()) {
            Command.of(SCRIPT.toString(), "down").run();
            throw new AssertionError("no cluster: " + up.all());
        }
        var kubeconfig = up.out().strip().replace("export KUBECONFIG=", "");
        return new Cluster(new Kubectl(program, Path.of(kubeconfig), ""), true);
    }

    private static String kubectlProgram() {
        var given = System.getenv("KUBECTL");
        if (given != null) {
            return given;
        }
        var folder = Command.of(SCRIPT.toString(), "build")
                .within(BUILD_LIMIT)
                .succeed()
                .strip();
        return folder + "/kubectl";
    }

    private void load(List<Path> archives) {
        var loader = isOurs ? SCRIPT + " load-image" : System.getenv("E2E_LOAD_IMAGES");
        if (loader == null) {
            Progress.say("E2E_LOAD_IMAGES is not set: the images have to be there already");
            return;
        }
        for (var archive : archives) {
            Progress.say("loading " + archive.getFileName());
            var words = new ArrayList<>(Arrays.asList(loader.split(" ")));
            words.add(archive.toString());
            Command.of(words).within(Duration.ofMinutes(5)).succeed();
            delete(archive);
        }
    }

    private void install() {
        Progress.say("installing the operator");
        kubectl.succeed("apply", "--server-side", "-f", INSTALL.toString());
        if (!isOurs) {
            // The image has the name it had in an earlier run.
            kubectl.in(OPERATOR_NAMESPACE).succeed("rollout", "restart", "deployment");
        }
        kubectl.in(OPERATOR_NAMESPACE).succeed("rollout", "status", "deployment", "--timeout=120s");
    }

    private static void requireDistributions() {
        for (var program : List.of("pooler/target/dist/bin/pooler", "operator/target/dist/bin/operator")) {
            if (!Files.isExecutable(ROOT.resolve(program))) {
                throw new AssertionError(program + " is missing: run mvn package first");
            }
        }
    }

    /// An archive is 300 MB, and buildah keeps what is in it.
    private static void delete(Path archive) {
        try {
            Files.delete(archive);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void createFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
