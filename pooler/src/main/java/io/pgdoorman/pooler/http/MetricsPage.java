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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The text of `/metrics`. Belongs to the control server's thread for it.
///
/// One page of two registries: PgDoorman has gauges that are called as its counters without `_total`, which one
/// registry takes for a clash though the text format keeps the names apart. OpenMetrics does not, so these
/// deprecated gauges are missing there.
final class MetricsPage {

    /// The formats of a page, by the type that tells a scraper of it.
    enum Format {
        TEXT("text/plain; version=0.0.4; charset=utf-8"),
        OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        String contentType() {
            return contentType;
        }

        /// What an Accept header asks for: the format of the two with the greater weight, text when it names neither.
        static Format of(@Nullable String accept) {
            return accept != null && weight(accept, "application/openmetrics-text") > weight(accept, "text/plain")
                    ? OPEN_METRICS
                    : TEXT;
        }

        private static double weight(String accept, String type) {
            return Arrays.stream(accept.toLowerCase(Locale.ROOT).split(","))
                    .map(range -> range.split(";"))
                    .filter(parts -> parts[0].strip().equals(type))
                    .mapToDouble(Format::weight)
                    .max()
                    .orElse(0);
        }

        private static double weight(String[] parts) {
            for (var i = 1; i < parts.length; i++) {
                var part = parts[i].strip();
                if (part.matches("q=[01](\\.[0-9]{0,3})?")) {
                    return Double.parseDouble(part.substring(2));
                }
            }
            return 1;
        }
    }

    private static final int USUAL_BYTES = 32 * 1024;

    private final PoolerMetrics metrics;

    /// Empty until the first scrape: a pooler that nobody scrapes need not load all these classes.
    private List<PrometheusMeterRegistry> registries = List.of();

    MetricsPage(PoolerMetrics metrics) {
        this.metrics = metrics;
    }

    /// The page now; whoever writes the buffer releases it.
    ByteBuf render(Format format) {
        if (registries.isEmpty()) {
            registries = List.of(current(), deprecated());
        }
        var parts = format == Format.TEXT ? registries : registries.subList(0, 1);
        var text = Unpooled.buffer(USUAL_BYTES);
        try (var out = new ByteBufOutputStream(text)) {
            for (var registry : parts) {
                registry.scrape(out, format.contentType());
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
