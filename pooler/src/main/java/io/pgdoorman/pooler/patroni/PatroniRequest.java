package io.pgdoorman.pooler.patroni;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// One `GET /cluster`: no redirects, as the URL is whom the operator trusts; bounded in time and size.
final class PatroniRequest {
    private final URI url;
    private final Duration limit;

    PatroniRequest(URI base, Duration limit) {
        var text = base.toString();
        this.url = URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + "/cluster");
        this.limit = limit;
    }

    /// Blocks for a moment; fails with [PatroniException] only.
    CompletableFuture<Cluster> send(HttpClient client) {
        var request = HttpRequest.newBuilder(url)
                .timeout(limit)
                .header("Accept", "application/json")
                .build();
        // the client's own limit ends with the headers
        return client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), ClusterText.MAX_BYTES))
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .handle(this::read);
    }

    private Cluster read(@Nullable HttpResponse<byte[]> response, @Nullable Throwable failure) {
        try {
            if (response == null) {
                throw new PatroniException(url + " " + reason(failure));
            }
            if (response.statusCode() != 200) {
                throw new PatroniException(url + " answers " + response.statusCode() + ": expected 200");
            }
            try {
                return ClusterText.parse(response.body());
            } catch (PatroniException unusable) {
                throw new PatroniException(url + ": " + unusable.text());
            }
        } catch (PatroniException e) {
            throw new CompletionException(e);
        }
    }

    private String reason(@Nullable Throwable failure) {
        var cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return switch (cause) {
            case TimeoutException _, HttpTimeoutException _ -> "does not answer within " + limit.toMillis() + " ms";
            case ConnectException _ -> "cannot be reached";
            case SSLException refused -> "is not believed: " + refused.getMessage();
            case null, default -> "does not answer: " + cause;
        };
    }
}
