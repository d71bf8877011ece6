package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// What a change will do to pods is told before it happens, in the status and offline with the same hash, and that is
/// what it does once somebody approves.
@OnCluster
@TestMethodOrder(OrderAnnotation.class)
class ChangePreviewE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Path OPERATOR = Cluster.ROOT.resolve("operator/target/dist/bin/operator");

    private final Tenant tenant;
    private final Pool pool;

    ChangePreviewE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
        pool.patch("{\"spec\": {\"reload\": {\"policy\": \"Manual\"}}}");
        pool.await("Ready", "True", LIMIT);
    }

    @Test
    @Order(1)
    void aHotChangeIsCalledHotAndRestartsNothing() throws IOException {
        // given
        var runs = pool.runs();
        var before = manifest("before");

        // when
        pool.set("/spec/databases/0/poolSize", "7");
        var pending = pending();

        // then
        assertThat(pending.path("effect").asText()).isEqualTo("hot");
        assertThat(pending.path("changes").toString()).contains("poolSize");
        assertThat(offline(before)).contains(": hot (" + pending.path("hash").asText() + ")");
        assertThat(tenant.kubectl().succeed("get", "configmap", pool.name() + "-config", "-o", "yaml"))
                .doesNotContain("pool_size: 7");

        // when
        approve(pending);

        // then
        assertThat(tenant.kubectl().succeed("get", "configmap", pool.name() + "-config", "-o", "yaml"))
                .contains("pool_size: 7");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    @Order(2)
    void aRollIsCalledARollAndReplacesPods() throws IOException {
        // given
        var runs = pool.runs();
        var before = manifest("before");

        // when
        pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(Images.POOLER_NEXT));
        var pending = pending();

        // then
        assertThat(pending.path("effect").asText()).isEqualTo("roll");
        assertThat(offline(before)).contains(": roll (" + pending.path("hash").asText() + ")");
        assertThat(pool.runs()).isEqualTo(runs);

        // when
        approve(pending);

        // then
        assertThat(pool.runs()).doesNotContainAnyElementsOf(runs);
    }

    private JsonNode pending() {
        Progress.until(
                "the change waits for its approval", LIMIT, () -> !waiting().isMissingNode());
        return waiting();
    }

    private JsonNode waiting() {
        return pool.resource().at("/status/pending");
    }

    private void approve(JsonNode pending) {
        pool.kubectl()
                .succeed(
                        "annotate",
                        "doormanpool",
                        pool.name(),
                        "--overwrite",
                        "pgdoorman.io/approve-hash=" + pending.path("hash").asText());
        Progress.until("nothing waits any more", LIMIT, () -> waiting().isMissingNode());
        pool.await("Ready", "True", LIMIT);
        Progress.until(
                "there are two pods and no other", LIMIT, () -> pool.allPods().size() == 2);
    }

    /// The pool as a file.
    private Path manifest(String name) throws IOException {
        var file = Cluster.WORK.resolve("preview-" + name + ".yaml");
        var spec = pool.resource().path("spec");
        Files.writeString(
                file,
                "{\"apiVersion\": \"pgdoorman.io/v1alpha1\", \"kind\": \"DoormanPool\", \"metadata\": {\"name\": \"%s\"},"
                                .formatted(pool.name())
                        + " \"spec\": " + spec + "}");
        return file;
    }

    /// What the operator's own program says without a cluster.
    private String offline(Path before) throws IOException {
        return Command.of(OPERATOR.toString(), "diff", "-f", manifest("after").toString(), "--from=" + before)
                .run()
                .all();
    }
}
