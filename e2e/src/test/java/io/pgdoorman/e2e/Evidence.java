package io.pgdoorman.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Copies what may explain a failure to `e2e/target/e2e/NAME`: objects, events, logs of pods and of the cluster.
record Evidence(Kubectl kubectl) {

    void keep(String name) {
        var folder = Cluster.WORK.resolve(name.replaceAll("[^A-Za-z0-9._-]+", "-"));
        Progress.say("keeping logs, events and objects in " + Cluster.ROOT.relativize(folder));
        Cluster.createFolder(folder);
        ask(folder, "overview.txt", "get", "doormanpools,deployments,pods,services", "-A", "-o", "wide");
        ask(
                folder,
                "objects.yaml",
                "get",
                "doormanpools,deployments,replicasets,pods,services,configmaps,pdb",
                "-A",
                "-o",
                "yaml");
        ask(folder, "events.txt", "get", "events", "-A", "--sort-by=.metadata.creationTimestamp");
        var pods = kubectl.command(
                        "get",
                        "pods",
                        "-A",
                        "--no-headers",
                        "-o",
                        "custom-columns=S:.metadata.namespace,N:.metadata.name")
                .run();
        pods.out()
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(pod -> pod.length == 2)
                .forEach(pod -> {
                    ask(folder, pod[0] + "_" + pod[1] + ".log", "logs", "-n", pod[0], pod[1], "--all-containers");
                    ask(folder, pod[0] + "_" + pod[1] + "-previous.log", "logs", "-n", pod[0], pod[1], "--previous");
                });
        copyClusterLogs(folder);
    }

    private void ask(Path folder, String file, String... words) {
        var output = kubectl.command(words).run();
        if (output.succeeded() || !file.endsWith("-previous.log")) {
            write(folder.resolve(file), output.all());
        }
    }

    /// The logs of our own cluster's components lie beside its kubeconfig.
    private void copyClusterLogs(Path folder) {
        var run = kubectl.kubeconfig().toAbsolutePath().resolveSibling("");
        try (Stream<Path> files =
                Files.find(run, 2, (path, _) -> path.toString().endsWith(".log"))) {
            for (var file : files.toList()) {
                write(
                        folder.resolve(
                                "cluster-" + run.relativize(file).toString().replace('/', '-')),
                        Files.readString(file));
            }
        } catch (IOException e) {
            Progress.say("no logs of the cluster's components: " + e.getMessage());
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
