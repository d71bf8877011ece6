package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.render.SecretValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public keys by which this cluster signs the tokens of ServiceAccounts, as its API server tells them to every
/// ServiceAccount. The operator hands them on, so that pods need neither a token nor a way to the API server.
///
/// Guarded by its own monitor.
final class ClusterKeys {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterKeys.class);

    /// A new key signs only after it has been shown for longer than that.
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final KubernetesClient client;
    private final Clock clock;
    private @Nullable SecretValue known;
    private Instant asked = Instant.MIN;

    ClusterKeys(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /// The keys; the last known ones while they cannot be asked for, null if there are none.
    synchronized @Nullable SecretValue find() {
        var now = clock.instant();
        if (known == null || now.isAfter(asked.plus(FRESH))) {
            try {
                var text = client.raw("/" + SecretUse.CLUSTER_KEYS.key());
                if (text != null && !text.isBlank()) {
                    known = new SecretValue(version(text), text);
                    asked = now;
                }
            } catch (KubernetesClientException e) {
                LOG.atWarn()
                        .setMessage("The keys of the cluster's tokens could not be read")
                        .addKeyValue("reason", e.getMessage())
                        .log();
            }
        }
        return known;
    }

    /// They are public and have no version of their own.
    private static String version(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
