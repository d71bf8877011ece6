package io.pgdoorman.e2e.scale;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.Progress;
import io.pgdoorman.e2e.scale.ChangeRows.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each field of the spec is changed on a pool that runs, beside a real API server and a real Deployment controller.
/// What is predicted, offline and in the status, is what happens to its pods, and nothing is written afterwards.
/// By hand `-Dchanges.only=tokenIssuers` has only rows that say so.
@TestInstance(Lifecycle.PER_CLASS)
class ChangeTableE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final String HEAP = "256m";
    private static final Path PROGRAM = ControlPlane.ROOT.resolve("operator/target/dist/bin/operator");
    private static final Path FOLDER = ControlPlane.ROOT.resolve("e2e/target/scale");
    private static final Pattern TOLD = Pattern.compile("(?m)^pool (\\S+): (\\S+) \\((\\S+)\\)");
    private static final String LABEL = "pgdoorman.io/pool";
    private static final List<String> KINDS = List.of(
            "/api/v1/configmaps",
            "/api/v1/secrets",
            "/api/v1/services",
            "/api/v1/pods",
            "/apis/apps/v1/deployments",
            "/apis/policy/v1/poddisruptionbudgets",
            "/apis/networking.k8s.io/v1/networkpolicies",
            "/apis/monitoring.coreos.com/v1/podmonitors",
            "/apis/cert-manager.io/v1/certificates");

    private final List<Row> rows = ChangeRows.all().stream()
            .filter(row -> row.text().contains(System.getProperty("changes.only", "")))
            .toList();
    private final ControlPlane plane = ControlPlane.bringUp();
    private final Fleet fleet = new Fleet(plane.api(), ChangeGround.NAMESPACE);
    private final ChangeGround ground = new ChangeGround(plane);
    private final FakePods pods;
    private final Map<String, Prediction> offline;
    private final Map<String, Prediction> pending = new ConcurrentHashMap<>();
    private final Map<String, PodsSeen> before = new ConcurrentHashMap<>();
    private final Map<String, String> troubles = new ConcurrentHashMap<>();
    private Map<String, Map<String, String>> written = Map.of();
    private Map<String, Map<String, String>> writtenAgain = Map.of();
    private OperatorProcess operator;

    /// What is said of a change before it happens.
    private record Prediction(String effect, String hash) {}

    ChangeTableE2E() throws IOException {
        pods = new FakePods(plane.api());
        offline = offline();
        operator = OperatorProcess.start(HEAP);
    }

    /// What the operator's own program says without a cluster.
    private Map<String, Prediction> offline() throws IOException {
        Files.createDirectories(FOLDER);
        return TOLD.matcher(Command.of(
                                PROGRAM.toString(),
                                "diff",
                                "-f",
                                manifests("after.yaml", Row::after),
                                "--from=" + manifests("before.yaml", Row::before))
                        .run()
                        .out())
                .results()
                .collect(Collectors.toMap(told -> told.group(1), told -> new Prediction(told.group(2), told.group(3))));
    }

    private String manifests(String name, Function<Row, JsonNode> spec) throws IOException {
        var file = FOLDER.resolve(name);
        Files.writeString(
                file,
                rows.stream()
                        .map(row -> "---\n{\"apiVersion\": \"pgdoorman.io/v1alpha1\", \"kind\": \"DoormanPool\","
                                + " \"metadata\": {\"name\": \"" + row.name() + "\"}, \"spec\": " + spec.apply(row)
                                + "}\n")
                        .collect(Collectors.joining()));
        return file.toString();
    }

    /// All at first, as a pool waits most of the time.
    @BeforeAll
    void changeThemAll() {
        var begun = Instant.now();
        Fleet.each(rows.size(), number -> change(rows.get(number)));
        awaitRest();
        written = versions();
        Progress.say("%d fields were changed on pools that run within %d s"
                .formatted(rows.size(), Duration.between(begun, Instant.now()).toSeconds()));
        operator.kill();
        operator = OperatorProcess.start(HEAP);
        Progress.until("each pool was looked at again", LONG, () -> passes() >= rows.size());
        writtenAgain = versions();
    }

    @AfterAll
    void takeDown() {
        operator.close();
        ground.close();
        fleet.close();
        pods.close();
        plane.close();
    }

    /// What goes wrong with a row is told by its own test.
    private void change(Row row) {
        var name = row.name();
        try {
            ground.claim(name, row.claims());
            fleet.apply(name, row.before());
            fleet.await(name, pool -> isSettled(pool, 1), LIMIT);
            if (row.before().has("access")) {
                ground.awaitClaims(name, row.claims());
            }
            before.put(name, awaitPods(name));
            fleet.apply(name, row.after());
            fleet.await(name, pool -> isPending(pool) || isSettled(pool, 2), LIMIT);
            approve(name);
            fleet.await(name, pool -> isSettled(pool, 2), LIMIT);
            awaitPods(name);
        } catch (AssertionError e) {
            troubles.put(name, String.valueOf(e.getMessage()));
        }
    }

    private void approve(String name) {
        var waiting = fleet.pool(name).at("/status/pending");
        if (waiting.isObject()) {
            var hash = waiting.path("hash").asText();
            pending.put(name, new Prediction(waiting.path("effect").asText(), hash));
            fleet.patch(name, """
                {"metadata": {"annotations": {"pgdoorman.io/approve-hash": "%s"}}}\
                """.formatted(hash));
        }
    }

    private static boolean isPending(JsonNode pool) {
        return isOf(pool, 2) && pool.at("/status/pending").isObject();
    }

    private static boolean isSettled(JsonNode pool, long generation) {
        return isOf(pool, generation) && Fleet.says(pool, "Ready");
    }

    private static boolean isOf(JsonNode pool, long generation) {
        return pool.at("/status/observedGeneration").asLong() >= generation;
    }

    /// As many pods as are wanted.
    private PodsSeen awaitPods(String name) {
        var wanted = fleet.pool(name).at("/spec/replicas").asInt();
        Progress.until(name + " has its pods", LIMIT, () -> pods(name).hashes().size() == wanted);
        return pods(name);
    }

    private PodsSeen pods(String name) {
        var seen = new HashMap<String, String>();
        for (var pod : plane.api()
                .get("/api/v1/namespaces/" + ChangeGround.NAMESPACE + "/pods?labelSelector=" + LABEL + "%3D" + name)
                .path("items")) {
            var uid = pod.at("/metadata/uid").asText();
            seen.put(uid, pods.loadedHash(uid));
        }
        return new PodsSeen(seen);
    }

    private double passes() {
        return operator.metric("doorman_operator_reconcile_seconds_count");
    }

    private void awaitRest() {
        var writes = new long[] {-1};
        Progress.until("the operator writes nothing more", LONG, () -> {
            var known = writes[0];
            writes[0] = operator.requests("write");
            Progress.pause(Duration.ofSeconds(2));
            return known == operator.requests("write");
        });
    }

    /// Of all objects of each pool.
    private Map<String, Map<String, String>> versions() {
        var all = new HashMap<String, Map<String, String>>();
        for (var kind : KINDS) {
            for (var object : plane.api().get(kind + "?labelSelector=" + LABEL).path("items")) {
                all.computeIfAbsent(object.at("/metadata/labels").path(LABEL).asText(), _ -> new TreeMap<>())
                        .put(
                                kind + " " + object.at("/metadata/name").asText(),
                                object.at("/metadata/resourceVersion").asText());
            }
        }
        return all;
    }

    List<Row> whatIsPredictedHappensAndNothingElse() {
        return rows;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void whatIsPredictedHappensAndNothingElse(Row row) {
        // given
        var name = row.name();
        var told = offline.get(name);
        var isGated = List.of("hot", "roll").contains(row.effect());

        // when
        var happened = before.containsKey(name)
                ? pods(name).since(Objects.requireNonNull(before.get(name)))
                : "it was never ready";

        // then
        assertThat(troubles).doesNotContainKey(name);
        assertThat(told == null ? "" : told.effect()).as("predicted offline").isEqualTo(row.effect());
        assertThat(pending.get(name)).as("predicted in the status").isEqualTo(isGated ? told : null);
        assertThat(happened).as("happened").isEqualTo(row.effect());
        assertThat(writtenAgain.get(name)).as("objects after another look").isEqualTo(written.get(name));
    }

    /// A second look at all of them.
    @Test
    void theOperatorHasNothingLeftToWrite() {
        // then
        assertThat(operator.requests("write")).isZero();
    }
}
