package io.pgdoorman.operator.app;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waits for the API server at the start. An operator that ended instead would be started anew after pauses of up to
/// five minutes (CrashLoopBackOff), also when the API server has long been back.
final class ApiServer {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int PATIENCE_MILLIS = 5_000;
    private static final int FIRST_OF_SERVER_ERRORS = 500;

    /// How to wait.
    @FunctionalInterface
    interface Pause {
        void of(Duration duration) throws InterruptedException;
    }

    private ApiServer() {}

    /// Returns once it answers, whatever it says: who may not ask is to be told by what is asked then.
    static void await(Config config, Pause pause) throws InterruptedException {
        try (var client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(config)
                        .withRequestRetryBackoffLimit(0) // its pauses double
                        .withConnectionTimeout(PATIENCE_MILLIS)
                        .withRequestTimeout(PATIENCE_MILLIS)
                        .build())
                .build()) {
            boolean isTold = false;
            while (!answers(client, isTold)) {
                isTold = true;
                pause.of(PAUSE);
            }
        }
    }

    private static boolean answers(KubernetesClient client, boolean isTold) {
        try {
            var _ = client.raw("/version");
            return true;
        } catch (KubernetesClientException e) {
            boolean isAway = e.getCode() <= 0 || e.getCode() >= FIRST_OF_SERVER_ERRORS; // -1 without an answer
            if (isAway && !isTold) {
                LOG.atWarn().setCause(e).log("the API server does not answer, and is waited for");
            }
            return !isAway;
        }
    }
}
