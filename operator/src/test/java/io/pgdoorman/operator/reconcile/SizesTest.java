package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.plan.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SizesTest {

    private static final ResourceRequirements LARGE = new ResourceRequirementsBuilder()
            .withRequests(Map.of("cpu", new Quantity("200m")))
            .build();
    private static final Step.Resize RESIZE = new Step.Resize("a", ContainerSize.of(LARGE));

    private final Scene scene = Scene.settled();
    private final List<String> asked = new ArrayList<>();
    private int code = 200;
    private String answer = "{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"a\"}}";
    private FakeApi api;
    private Sizes sizes;

    @BeforeEach
    void start() throws IOException {
        api = new FakeApi(exchange -> {
            try (exchange) {
                var uri = exchange.getRequestURI();
                var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                var isList = exchange.getRequestMethod().equals("GET");
                if (!isList) {
                    asked.add(uri.getPath() + " " + body);
                }
                var bytes = (isList ? sets() : answer).getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(isList ? 200 : code, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        sizes = new Sizes(api.client(), new Meters(new SimpleMeterRegistry()));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String set(String name, String owner, int replicas, String cpu) {
        return """
            {"metadata": {"name": "%s", "ownerReferences": [{"uid": "%s", "controller": true}]},
             "spec": {"replicas": %d, "template": {"spec": {"containers": [
               {"name": "pooler", "resources": {"requests": {"cpu": "%s"}}}]}}}}
            """.formatted(name, owner, replicas, cpu);
    }

    private static String sets() {
        return "{\"kind\": \"ReplicaSetList\", \"apiVersion\": \"apps/v1\", \"items\": ["
                + String.join(
                        ",",
                        set("shop-old", "d-1", 0, "200m"),
                        set("shop-older", "d-1", 0, "50m"),
                        set("shop-t1", "d-1", 2, "100m"),
                        set("shop-foreign", "d-2", 0, "200m"))
                + "]}";
    }

    private String status(int failure, String details) {
        return "{\"kind\": \"Status\", \"apiVersion\": \"v1\", \"status\": \"Failure\", \"code\": " + failure
                + ", \"message\": \"no\", \"details\": {" + details + "}}";
    }

    @Test
    void asksForTheSizeOfThePoolerAlone() {
        // when
        var refusal = sizes.resize(scene.pool(), RESIZE);

        // then
        assertThat(refusal).isEmpty();
        assertThat(asked)
                .containsExactly(
                        "/api/v1/namespaces/prod/pods/a/resize {\"spec\":{\"containers\":[{\"name\":\"pooler\","
                                + "\"resources\":{\"requests\":{\"cpu\":\"200m\"}}}]}}");
    }

    @Test
    void aPodThatIsGoneNeedsNone() {
        // given
        code = 404;
        answer = status(404, "\"name\": \"a\", \"kind\": \"pods\"");

        // then
        assertThat(sizes.resize(scene.pool(), RESIZE)).isEmpty();
    }

    @Test
    void whatCannotBeDoneIsTold() {
        for (int refused : List.of(403, 404, 405, 422)) {
            // given
            code = refused;
            answer = status(refused, "");

            // then
            assertThat(sizes.resize(scene.pool(), RESIZE)).contains("the API server refuses it for pod a: no");
        }
    }

    @Test
    void whatMayWorkLaterIsTriedAgain() {
        // given
        code = 503;
        answer = status(503, "");

        // then
        assertThatThrownBy(() -> sizes.resize(scene.pool(), RESIZE)).isInstanceOf(KubernetesClientException.class);
    }

    @Test
    void oneReplicaSetGetsItAndOlderOnesLikeItAreMadeUnlikeIt() {
        // given
        scene.deployment().getMetadata().setUid("d-1");
        answer = "{\"kind\": \"ReplicaSet\", \"apiVersion\": \"apps/v1\", \"metadata\": {\"name\": \"any\"}}";

        // when
        var refusal = sizes.make(scene.pool(), new Step.Template(scene.deployment(), "t1", LARGE));

        // then
        assertThat(refusal).isEmpty();
        assertThat(asked)
                .containsExactly(
                        "/apis/apps/v1/namespaces/prod/replicasets/shop-old {\"spec\":{\"template\":{\"metadata\":"
                                + "{\"annotations\":{\"pgdoorman.io/superseded\":\"shop-t1\"}}}}}",
                        "/apis/apps/v1/namespaces/prod/replicasets/shop-t1 {\"spec\":{\"template\":{\"spec\":"
                            + "{\"containers\":[{\"name\":\"pooler\",\"resources\":{\"requests\":{\"cpu\":\"200m\"},"
                            + "\"$patch\":\"replace\"}}]}}}}");
    }
}
