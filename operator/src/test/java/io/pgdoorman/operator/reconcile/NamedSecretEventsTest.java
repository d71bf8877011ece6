package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NamedSecretEventsTest {

    private static final byte[] EMPTY = """
        {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"}, "rows": []}
        """.getBytes(StandardCharsets.UTF_8);

    private FakeApi api;
    private NamedSecretEvents secrets;

    /// An API server without any Secret.
    @BeforeEach
    void start() throws IOException {
        api = new FakeApi(exchange -> {
            try (exchange) {
                var isOne = exchange.getRequestURI().getPath().endsWith("/app-db");
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(isOne ? 404 : 200, isOne ? -1 : EMPTY.length);
                if (!isOne) {
                    exchange.getResponseBody().write(EMPTY);
                }
            }
        });
        secrets = new NamedSecretEvents(api.client());
    }

    @AfterEach
    void stop() {
        secrets.stop();
        api.close();
    }

    private static DoormanPool pool(String uid) {
        return pool("shop", uid);
    }

    private static DoormanPool pool(String name, String uid) {
        var pool = new DoormanPool();
        pool.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace("prod")
                .withUid(uid)
                .build());
        return pool;
    }

    @Test
    void aPassThatEndsAfterItsPoolWentLeavesNoWatchBehind() {
        // given
        secrets.find(pool("u-1"), "app-db");
        var before = secrets.watched();

        // when
        secrets.onResourceDeleted(pool("u-1"));
        secrets.find(pool("u-1"), "app-db");
        var after = secrets.watched();
        secrets.find(pool("u-2"), "app-db");

        // then
        assertThat(before).containsExactly("prod");
        assertThat(after).isEmpty();
        assertThat(secrets.watched()).as("another one of the same name").containsExactly("prod");
    }

    @Test
    void aSecretIsWatchedAsLongAsOneOfItsPoolsIsThere() {
        // given
        secrets.find(pool("shop", "u-1"), "app-db");
        secrets.find(pool("shop", "u-1"), "other/app-db");
        secrets.find(pool("crm", "u-2"), "app-db");

        // when
        secrets.onResourceDeleted(pool("shop", "u-1"));
        var one = secrets.watched();
        secrets.onResourceDeleted(pool("crm", "u-2"));

        // then
        assertThat(one).containsExactly("prod");
        assertThat(secrets.watched()).isEmpty();
    }
}
