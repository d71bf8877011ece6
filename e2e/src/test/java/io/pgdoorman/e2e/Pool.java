package io.pgdoorman.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;

/// A DoormanPool as its user sees it: the resource, its status, its pods, its Service.
record Pool(Kubectl kubectl, String name) {

    static final Duration START_LIMIT = Duration.ofMinutes(2);

    void awaitReady() {
        kubectl.command(
                        "wait",
                        "--for=condition=Ready",
                        "doormanpool/" + name,
                        "--timeout=" + START_LIMIT.toSeconds() + "s")
                .within(START_LIMIT.plusSeconds(30))
                .succeed();
    }

    JsonNode resource() {
        return kubectl.get("doormanpool", name).orElseThrow(() -> new AssertionError("no doormanpool/" + name));
    }

    void patch(String mergePatch) {
        kubectl.succeed("patch", "doormanpool", name, "--type=merge", "-p", mergePatch);
    }

    /// Edits one value of the resource, wherever it lies; a merge patch would replace whole lists.
    void set(String pointer, String json) {
        kubectl.succeed(
                "patch",
                "doormanpool",
                name,
                "--type=json",
                "-p",
                "[{\"op\": \"add\", \"path\": \"%s\", \"value\": %s}]".formatted(pointer, json));
    }

    /// What tells one run of its containers from the next: pod, image and restarts.
    List<String> runs() {
        return pods().stream()
                .map(pod -> pod.at("/metadata/uid").asText() + " "
                        + pod.at("/spec/containers/0/image").asText() + " restarts "
                        + pod.at("/status/containerStatuses/0/restartCount").asInt())
                .sorted()
                .toList();
    }

    static Optional<JsonNode> condition(JsonNode resource, String type) {
        return StreamSupport.stream(resource.at("/status/conditions").spliterator(), false)
                .filter(condition -> condition.path("type").asText().equals(type))
                .findFirst();
    }

    /// The condition says this of the newest spec, not of an older one.
    static boolean says(JsonNode resource, String type, String status) {
        var generation = resource.at("/metadata/generation").asLong();
        return resource.at("/status/observedGeneration").asLong() == generation
                && condition(resource, type)
                        .filter(condition -> condition.path("status").asText().equals(status))
                        .filter(condition ->
                                condition.path("observedGeneration").asLong(generation) == generation)
                        .isPresent();
    }

    /// Waits until a condition of the newest spec has this status; answers how long it took.
    Duration await(String type, String status, Duration limit) {
        return Progress.until(
                "doormanpool/" + name + " is " + type + "=" + status, limit, () -> says(resource(), type, status));
    }

    /// All its pods, also those on their way out.
    List<JsonNode> allPods() {
        return kubectl.list("pods", resource().at("/status/selector").asText());
    }

    /// Waits until there are as many pods and no other, and all is well.
    void scaleTo(int replicas, Duration limit) {
        kubectl.succeed("scale", "doormanpool/" + name, "--replicas=" + replicas);
        var took = Progress.until(
                "there are " + replicas + " pods and no other",
                limit,
                () -> allPods().size() == replicas);
        await("Ready", "True", limit);
        Progress.say("scaled to " + replicas + " in " + took.toSeconds() + " s");
    }

    /// Sends its pods away from a node, does something while the node takes none, and lets it
    /// take some again.
    void drainANode(Duration limit, Consumer<String> meanwhile) {
        var node = pods().getFirst().at("/spec/nodeName").asText();
        var cluster = kubectl.in("");
        try {
            cluster.command(
                            "drain",
                            node,
                            "--pod-selector="
                                    + resource().at("/status/selector").asText(),
                            "--ignore-daemonsets",
                            "--delete-emptydir-data",
                            "--timeout=" + limit.toSeconds() + "s")
                    .within(limit)
                    .succeed();
            await("Ready", "True", limit);
            meanwhile.accept(node);
        } finally {
            cluster.succeed("uncordon", node);
        }
    }

    /// Its pods that are not on their way out.
    List<JsonNode> pods() {
        return allPods().stream()
                .filter(pod -> pod.at("/metadata/deletionTimestamp").isMissingNode())
                .toList();
    }

    /// Who one is at the server, or why one does not get there.
    String whoIs(String user, String password) {
        return target().as(user, password).psql("select current_user").all().strip();
    }

    /// A command for all its pods, given to the operator's console.
    Command console(String... words) {
        var all = new ArrayList<>(List.of(
                "exec",
                "deployment/pgdoorman-operator",
                "--",
                "/opt/operator/bin/operator",
                "console",
                kubectl.namespace() + "/" + name));
        all.addAll(List.of(words));
        return kubectl.in(Cluster.OPERATOR_NAMESPACE).command(all.toArray(String[]::new));
    }

    /// Where its clients connect: the Service.
    Target target() {
        return target(name);
    }

    /// One of its pods alone, by a Service of its own.
    Target targetOf(JsonNode pod, String service) {
        kubectl.succeed("label", "pod", pod.at("/metadata/name").asText(), "pgdoorman.io/e2e=" + service);
        kubectl.apply("""
            apiVersion: v1
            kind: Service
            metadata: {name: %1$s}
            spec: {selector: {pgdoorman.io/pool: %2$s, pgdoorman.io/e2e: %1$s}, ports: [{port: 6432, targetPort: 6432}]}
            """.formatted(service, name));
        return target(service);
    }

    private Target target(String service) {
        var address = Reach.service(kubectl, service);
        return new Target(address.getHostString(), address.getPort(), Tenant.DATABASE, Tenant.USER, Tenant.PASSWORD);
    }
}
