package io.pgdoorman.operator.app;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.SpecRules;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.SecretChild;
import io.pgdoorman.operator.podlink.HttpPodLink;
import io.pgdoorman.operator.podlink.LeaderEpoch;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.ConsoleAnswer;
import io.pgdoorman.operator.render.Place;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// `operator console`: one console for a fleet. Every pod of a pool is given the command, and what they say is one
/// table.
final class ConsoleCommand {

    static final int ALL_ANSWERED = 0;
    static final int SOME_FAILED = 1;

    private ConsoleCommand() {}

    /// Asks, prints, and answers with the exit code.
    static int run(List<String> words, PrintStream out) throws Settings.UsageException, IOException {
        var isSum = words.contains("--sum");
        var rest = words.stream().filter(word -> !word.equals("--sum")).toList();
        var name = rest.isEmpty() ? new String[0] : rest.getFirst().split("/", -1);
        if (rest.size() < 2 || name.length != 2) {
            throw new Settings.UsageException("console needs NAMESPACE/POOL and a command");
        }
        try (var client = new KubernetesClientBuilder().build()) {
            var pool = client.resources(DoormanPool.class)
                    .inNamespace(name[0])
                    .withName(name[1])
                    .get();
            if (pool == null) {
                throw new IOException("there is no DoormanPool " + name[0] + "/" + name[1]);
            }
            return tell(ask(client, pool, String.join(" ", rest.subList(1, rest.size()))), isSum, out);
        }
    }

    private static SortedMap<String, ConsoleAnswer> ask(KubernetesClient client, DoormanPool pool, String command)
            throws IOException {
        var namespace = pool.getMetadata().getNamespace();
        var secret = client.secrets()
                .inNamespace(namespace)
                .withName(Names.admin(pool))
                .get();
        var password = secret == null || !Names.isOwned(secret, pool) ? null : SecretChild.adminPassword(secret);
        if (password == null) {
            throw new IOException("there is no password in Secret " + namespace + "/" + Names.admin(pool));
        }
        var link = new HttpPodLink(LeaderEpoch.NONE);
        var asked = new LinkedHashMap<String, Future<ConsoleAnswer>>();
        var answers = new TreeMap<String, ConsoleAnswer>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var pod : client.pods()
                    .inNamespace(namespace)
                    .withLabels(Names.selector(pool))
                    .withoutField("status.phase", "Failed")
                    .withoutField("status.phase", "Succeeded")
                    .list()
                    .getItems()) {
                asked.put(pod.getMetadata().getName(), threads.submit(() -> ask(link, pod, password, command)));
            }
            for (var one : asked.entrySet()) {
                answers.put(one.getKey(), one.getValue().get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a pod could not be asked", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return answers;
    }

    private static ConsoleAnswer ask(HttpPodLink link, Pod pod, String password, String command) {
        var ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
        return ip == null
                ? new PodLink.Silent("it has no address yet")
                : link.console(new PodLink.Address(ip, Place.POD_WEB_PORT, SpecRules.ADMIN_USER, password), command);
    }

    /// Prints the table of those who have one, and the words of the others.
    static int tell(SortedMap<String, ConsoleAnswer> answers, boolean isSum, PrintStream out) {
        var tables = new LinkedHashMap<String, PodLink.Table>();
        var exit = answers.isEmpty() ? SOME_FAILED : ALL_ANSWERED;
        for (Map.Entry<String, ConsoleAnswer> one : answers.entrySet()) {
            switch (one.getValue()) {
                case PodLink.Table table -> tables.put(one.getKey(), table);
                case PodLink.Done(var tag) -> out.println(one.getKey() + ": " + tag);
                case PodLink.Failed(var message) -> {
                    out.println(one.getKey() + ": " + message);
                    exit = SOME_FAILED;
                }
                case PodLink.Silent(var reason) -> {
                    out.println(one.getKey() + ": " + reason);
                    exit = SOME_FAILED;
                }
            }
        }
        (isSum ? ConsoleTable.sum(tables) : ConsoleTable.side(tables)).forEach(out::println);
        return exit;
    }
}
