package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NameWatchTest {

    private static final byte[] TABLE = """
        {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"}, "rows": []}
        """.getBytes(StandardCharsets.UTF_8);

    private static final NameWatch.Listener NOBODY = new NameWatch.Listener() {
        @Override
        public void changed(String name) {}

        @Override
        public void missed() {}
    };

    /// A proxy that ends what is idle for a minute cuts each watch, and was left alone for half a minute after some.
    @Test
    void aWatchThatIsCutBeginsAnewSoonHoweverOftenItWasCut() throws Exception {
        // given
        var watches = new CountDownLatch(6);
        try (var api = new FakeApi(exchange -> {
            var isWatch = exchange.getRequestURI().getQuery().contains("watch=true");
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, isWatch ? 1_000 : TABLE.length);
            if (isWatch) {
                watches.countDown();
                exchange.getResponseBody().flush();
                exchange.close(); // Long before what it promised.
            } else {
                exchange.getResponseBody().write(TABLE);
                exchange.close();
            }
        })) {
            // when
            try (var _ = NameWatch.begin(api.client(), "prod", "secrets", NOBODY)) {

                // then: half a second each; doubled each time it would be 15 s
                assertThat(watches.await(12, TimeUnit.SECONDS)).isTrue();
            }
        }
    }
}
