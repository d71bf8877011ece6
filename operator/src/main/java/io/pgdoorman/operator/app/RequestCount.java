package io.pgdoorman.operator.app;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// Counts what the API server is asked: at rest nothing is read and nothing is written, which only a count can show.
///
/// The Lease is counted apart, as its holder renews it for ever.
final class RequestCount implements Interceptor {

    private final Counter reads;
    private final Counter writes;
    private final Counter watches;
    private final Counter leases;

    RequestCount(MeterRegistry registry) {
        reads = counter(registry, "read");
        writes = counter(registry, "write");
        watches = counter(registry, "watch");
        leases = counter(registry, "lease");
    }

    private static Counter counter(MeterRegistry registry, String kind) {
        return Counter.builder("doorman_operator_api_requests")
                .description("Requests to the API server.")
                .tag("kind", kind)
                .register(registry);
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        kindOf(request).increment();
    }

    private Counter kindOf(HttpRequest request) {
        var uri = request.uri();
        if (uri.getPath().contains("/leases")) {
            return leases;
        }
        if (!"GET".equals(request.method())) {
            return writes;
        }
        var query = uri.getQuery();
        return query != null && query.contains("watch=true") ? watches : reads;
    }
}
