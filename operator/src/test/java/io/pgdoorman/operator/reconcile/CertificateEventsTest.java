package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.observe.Observation.Children;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What cert-manager says of a Certificate wakes its pool.
class CertificateEventsTest {

    private static final byte[] EMPTY = """
        {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"}, "rows": []}
        """.getBytes(StandardCharsets.UTF_8);
    private static final String CHANGED = """
        {"type": "MODIFIED", "object": {"kind": "Table", "metadata": {"resourceVersion": "2"}, "rows": [{"cells": ["%s"]}]}}
        """;

    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<ResourceID> woken = new LinkedBlockingQueue<>();
    private final CountDownLatch isOver = new CountDownLatch(1);
    private FakeApi api;
    private CertificateEvents certificates;

    /// An API server that tells of a Certificate of somebody else and of one of ours.
    @BeforeEach
    void start() throws IOException {
        api = new FakeApi(exchange -> {
            try (exchange) {
                asked.add(exchange.getRequestURI().getPath());
                var isWatch = exchange.getRequestURI().getQuery().contains("watch=true");
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, isWatch ? 0 : EMPTY.length);
                if (isWatch) {
                    exchange.getResponseBody()
                            .write((CHANGED.formatted("theirs") + CHANGED.formatted("shop-tls"))
                                    .getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                    isOver.await();
                } else {
                    exchange.getResponseBody().write(EMPTY);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        certificates = new CertificateEvents(api.client());
        certificates.setEventHandler(event -> woken.add(event.getRelatedCustomResourceID()));
    }

    @AfterEach
    void stop() {
        isOver.countDown();
        certificates.stop();
        api.close();
    }

    private static DoormanPool pool(String client) {
        var read = Manifest.readAll("""
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: shop, namespace: prod, uid: u-1}
            spec:
              servers: [{name: main, host: db.example}]
              databases: [{name: shop, serverRefs: [main]}]
              auth: {users: [{name: app, secretRef: {name: app-db}}]}
              tls: {client: {%s}}
            """.formatted(client)).getFirst();
        if (read instanceof Manifest.Read.Valid(var pool)) {
            pool.setMetadata(new ObjectMetaBuilder(pool.getMetadata()).build());
            return pool;
        }
        throw new AssertionError(read.toString());
    }

    @Test
    void whatChangesWakesThePoolThatAskedForIt() throws InterruptedException {
        // when
        certificates.look(pool("issuerRef: {name: ca}"), Children.NONE);

        // then
        var pool = new ResourceID("shop", "prod");
        assertThat(woken.poll(10, TimeUnit.SECONDS))
                .as("all may have changed before")
                .isEqualTo(pool);
        assertThat(woken.poll(10, TimeUnit.SECONDS)).isEqualTo(pool);
        assertThat(woken).isEmpty();
        assertThat(asked).containsOnly("/apis/cert-manager.io/v1/namespaces/prod/certificates");
    }

    @Test
    void noClusterIsAskedThatDoesNotKnowThemNorForPoolsThatWantNone() throws InterruptedException {
        // when
        certificates.look(pool("issuerRef: {name: ca}"), Children.NONE.withUnknown(Set.of("Certificate")));
        certificates.look(pool(""), Children.NONE);

        // then
        assertThat(asked.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }
}
