package io.pgdoorman.operator.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/// `/healthz`, `/readyz` and `/metrics` of the operator.
final class HealthServer implements AutoCloseable {

    private final HttpServer server;

    /// `isHealthy` says whether the event sources run; a passive operator is healthy and ready too.
    HealthServer(int port, BooleanSupplier isHealthy, PrometheusMeterRegistry metrics) throws IOException {
        server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/healthz", exchange -> {
            var healthy = isHealthy.getAsBoolean();
            answer(exchange, healthy ? 200 : 503, healthy ? "ok\n" : "an event source does not run\n");
        });
        server.createContext("/readyz", exchange -> answer(exchange, 200, "ok\n"));
        server.createContext("/metrics", exchange -> answer(exchange, 200, metrics.scrape()));
    }

    void start() {
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        try (exchange) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
