package io.pgdoorman.e2e.scale;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// API server, etcd and controllers of their own, beside whatever else runs on this machine; no node, so that pods stay
/// pending until somebody says that they run.
final class ControlPlane implements AutoCloseable {

    static final Path ROOT =
            Path.of(System.getProperty("root.dir", "..")).toAbsolutePath().normalize();
    private static final Path SCRIPT = ROOT.resolve("e2e/cluster/cluster");
    private static final Path HOME = ROOT.resolve("e2e/target/control-plane");
    private static final String PORT = System.getProperty("control-plane.port", "7443");
    private static final String NAMESPACE = "pgdoorman-system";
    private static final String ACCOUNT = "pgdoorman-operator";
    private static final Duration BUILD_LIMIT = Duration.ofMinutes(45);
    private static final Map<String, String> ENVIRONMENT =
            Map.of("DOORMAN_CLUSTER_HOME", HOME.toString(), "DOORMAN_CLUSTER_PORT", PORT);

    private final Path kubectl;
    private final Process proxy;
    private final Api api;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private ControlPlane(Path kubectl) throws IOException {
        this.kubectl = kubectl;
        var builder = new ProcessBuilder(kubectl.toString(), "proxy", "--port=0").redirectErrorStream(true);
        builder.environment().put("KUBECONFIG", kubeconfig().toString());
        this.proxy = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "control-plane-down"));
        this.api = new Api(port(proxy.inputReader()));
    }

    /// Comes up with the resources of the operator installed.
    static ControlPlane bringUp() {
        try {
            var programs = Path.of(Command.of(SCRIPT.toString(), "build")
                    .within(BUILD_LIMIT)
                    .succeed()
                    .strip());
            Files.createDirectories(HOME);
            var bin = HOME.resolve("bin");
            Files.deleteIfExists(bin);
            Files.createSymbolicLink(bin, programs.getParent());
            script("up", "--control-plane");
            var plane = new ControlPlane(programs.resolve("kubectl"));
            plane.kubectl(
                    "apply",
                    "--server-side",
                    "-f",
                    ROOT.resolve("deploy/install.yaml").toString());
            plane.kubectl("delete", "deployment", "--all", "-n", NAMESPACE);
            plane.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
            plane.writeOperatorConfig();
            return plane;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String script(String... words) {
        var all = new ArrayList<>(List.of(SCRIPT.toString()));
        all.addAll(List.of(words));
        return Command.of(all).with(ENVIRONMENT).succeed();
    }

    private static int port(BufferedReader said) throws IOException {
        var line = said.readLine();
        if (line == null || !line.contains("127.0.0.1:")) {
            throw new IOException("kubectl proxy says " + line);
        }
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
    }

    private static Path kubeconfig() {
        return HOME.resolve("run/admin.kubeconfig");
    }

    /// Leads to this API server as the operator's own ServiceAccount, with no more rights than a real one has.
    static Path operatorConfig() {
        return HOME.resolve("operator.kubeconfig");
    }

    private void writeOperatorConfig() throws IOException {
        var token = kubectl("create", "token", ACCOUNT, "-n", NAMESPACE, "--duration=24h")
                .strip();
        var config = Files.readString(kubeconfig());
        var user = "  user: {";
        Files.writeString(
                operatorConfig(), config.substring(0, config.indexOf(user)) + user + "token: " + token + "}\n");
    }

    Api api() {
        return api;
    }

    String kubectl(String... words) {
        var all = new ArrayList<>(List.of(kubectl.toString()));
        all.addAll(List.of(words));
        return Command.of(all)
                .with(Map.of("KUBECONFIG", kubeconfig().toString()))
                .succeed();
    }

    boolean isReady() {
        return Command.of(kubectl.toString(), "get", "--raw", "/readyz")
                .with(Map.of("KUBECONFIG", kubeconfig().toString()))
                .run()
                .succeeded();
    }

    /// Sends a signal to a component, which is started again when it ends.
    void signal(String component, String name) {
        try {
            var pid = Files.readString(HOME.resolve("run/control/" + component + ".pid"))
                    .strip();
            Command.of("kill", "-" + name, pid).succeed();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (isClosed.getAndSet(true)) {
            return;
        }
        proxy.destroy();
        Progress.say("taking the control plane down");
        script("down");
    }
}
