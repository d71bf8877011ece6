package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// The children of a DoormanPool: left alone while nothing changes, put right when touched, gone with it.
@OnCluster
@TestMethodOrder(OrderAnnotation.class)
class LifecycleE2E {

    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String KINDS = "configmaps,secrets,deployments,services,poddisruptionbudgets,serviceaccounts";

    private final Tenant tenant;
    private final Pool pool;

    LifecycleE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    @Order(1)
    void reconcilingAgainWritesNothing() {
        // given
        Progress.until(
                "the roll-out is over",
                LIMIT,
                () -> Pool.condition(pool.resource(), "Reconciling")
                        .map(condition -> condition.path("status").asText().equals("False"))
                        .orElse(true));
        Progress.pause(Duration.ofSeconds(5));
        var before = versions();

        // when
        pool.kubectl().succeed("annotate", "doormanpool", pool.name(), "e2e.test/touched=once");
        var own = pool.resource().at("/metadata/resourceVersion").asText();
        Progress.say("watching for writes during " + IDLE.toSeconds() + " s");
        Progress.pause(IDLE);

        // then
        assertThat(before).hasSizeGreaterThanOrEqualTo(4);
        assertThat(versions()).isEqualTo(before);
        assertThat(pool.resource().at("/metadata/resourceVersion").asText()).isEqualTo(own);
    }

    @Test
    @Order(2)
    void aChildThatIsDeletedComesBack() {
        // when
        pool.kubectl().succeed("delete", "service", pool.name());

        // then
        Progress.until(
                "the Service is back",
                LIMIT,
                () -> pool.kubectl().get("service", pool.name()).isPresent());
        Progress.until("it answers", LIMIT, () -> pool.target().psql("select 1").succeeded());
    }

    @Test
    @Order(3)
    void allChildrenGoWithIt() {
        // given
        assertThat(children()).isNotEmpty();
        var selector = pool.resource().at("/status/selector").asText();

        // when
        pool.kubectl().succeed("delete", "doormanpool", pool.name(), "--timeout=60s");

        // then
        Progress.until("all children are gone", LIMIT, () -> children().isEmpty());
        Progress.until(
                "all pods are gone",
                LIMIT,
                () -> pool.kubectl().list("pods", selector).isEmpty());
    }

    private Map<String, String> versions() {
        var versions = new TreeMap<String, String>();
        for (var child : children()) {
            versions.put(
                    child.path("kind").asText() + "/"
                            + child.at("/metadata/name").asText(),
                    child.at("/metadata/resourceVersion").asText());
        }
        return versions;
    }

    private List<JsonNode> children() {
        return tenant.kubectl().list(KINDS, "").stream()
                .filter(object -> StreamSupport.stream(
                                object.at("/metadata/ownerReferences").spliterator(), false)
                        .anyMatch(owner -> owner.path("kind").asText().equals("DoormanPool")
                                && owner.path("name").asText().equals(pool.name())))
                .toList();
    }
}
