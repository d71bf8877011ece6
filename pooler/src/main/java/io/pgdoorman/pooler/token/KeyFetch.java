package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.tls.Authorities;
import io.pgdoorman.pooler.tls.TlsException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Fetches keys by HTTP: no redirects, as the URL is whom the operator trusts; bounded in time and size.
final class KeyFetch {
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration WHOLE = Duration.ofSeconds(10);
    private static final long LONGEST_BEARER = 16 * 1024;

    private final UrlKeys.Place place;

    KeyFetch(UrlKeys.Place place) {
        this.place = place;
    }

    /// Blocks for a moment while files are read.
    CompletableFuture<KeySet> fetch() {
        HttpRequest request;
        Optional<SSLContext> trust;
        try {
            request = request();
            trust = trust();
        } catch (TokenKeyException e) {
            return CompletableFuture.failedFuture(e);
        }
        var builder = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(task -> Thread.ofVirtual().name("token-keys").start(task));
        trust.ifPresent(builder::sslContext);
        // one client for each fetch: they are minutes apart, and nothing stays open between them
        var client = builder.build();
        return client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), KeyText.MAX_BYTES))
                .orTimeout(WHOLE.toMillis(), TimeUnit.MILLISECONDS)
                .handle(this::read)
                .whenComplete((_, _) -> client.shutdownNow());
    }

    private HttpRequest request() throws TokenKeyException {
        var request = HttpRequest.newBuilder(place.url()).timeout(WHOLE).header("Accept", "application/json");
        var bearer = place.bearer();
        if (bearer != null) {
            try {
                if (Files.size(bearer) > LONGEST_BEARER) {
                    throw new TokenKeyException(bearer + " is larger than " + LONGEST_BEARER + " bytes");
                }
                request.header(
                        "Authorization", "Bearer " + Files.readString(bearer).strip());
            } catch (IOException | IllegalArgumentException e) {
                // the message of IllegalArgumentException would show the token
                throw new TokenKeyException(bearer + " cannot be used: "
                        + (e instanceof IOException ? e : "it holds characters that a header may not"));
            }
        }
        return request.build();
    }

    private Optional<SSLContext> trust() throws TokenKeyException {
        try {
            var authorities = place.authorities();
            return authorities == null
                    ? Optional.empty()
                    : Optional.of(Authorities.read(authorities, null).context());
        } catch (TlsException e) {
            throw new TokenKeyException(e.text());
        }
    }

    private KeySet read(@Nullable HttpResponse<byte[]> response, @Nullable Throwable failure) {
        try {
            if (response == null) {
                var cause = failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
                throw new TokenKeyException(place.url() + " does not answer: " + cause);
            }
            if (response.statusCode() != 200) {
                throw new TokenKeyException(place.url() + " answers " + response.statusCode() + ": expected 200");
            }
            return KeyText.parse(new String(response.body(), StandardCharsets.UTF_8));
        } catch (TokenKeyException e) {
            throw new CompletionException(e);
        }
    }
}
