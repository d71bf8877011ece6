package io.pgdoorman.pooler.http;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// The text of `/metrics`. Belongs to the control server's event loop.
///
/// One page of two registries: PgDoorman has gauges that are called as its counters without `_total`, which one
/// registry
/// takes for a clash though the text format keeps the names apart. OpenMetrics would not, so it is not offered.
final class MetricsPage {

    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final int USUAL_BYTES = 32 * 1024;

    private final PoolerMetrics metrics;

    /// Empty until the first scrape: a pooler that nobody scrapes need not load all these classes.
    private List<PrometheusMeterRegistry> registries = List.of();

    MetricsPage(PoolerMetrics metrics) {
        this.metrics = metrics;
    }

    /// The page now; whoever writes the buffer releases it.
    ByteBuf render() {
        if (registries.isEmpty()) {
            registries = List.of(current(), deprecated());
        }
        var text = Unpooled.buffer(USUAL_BYTES);
        try (var out = new ByteBufOutputStream(text)) {
            for (var registry : registries) {
                registry.scrape(out, CONTENT_TYPE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return text;
    }

    @SuppressWarnings("resource") // the listeners of the GC meters live as long as the process
    private PrometheusMeterRegistry current() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.getPrometheusRegistry().register(metrics);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmGcMetrics().bindTo(registry);
        return registry;
    }

    private PrometheusMeterRegistry deprecated() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        MultiCollector collector = metrics::collectDeprecated;
        registry.getPrometheusRegistry().register(collector);
        return registry;
    }
}
