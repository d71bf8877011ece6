package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.Latencies;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.LinkedHashMap;
import java.util.Map;

/// Collects the values of one scrape by family; lives for that scrape only.
final class MetricFamilies {

    private static final String PREFIX = "pg_doorman_";
    private static final double NANOS_PER_SECOND = 1e9;

    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
    private final Map<String, HistogramSnapshot.Builder> histograms = new LinkedHashMap<>();

    void gauge(String name, String help, Labels labels, double value) {
        gauges.computeIfAbsent(
                        name, _ -> GaugeSnapshot.builder().name(PREFIX + name).help(help))
                .dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build());
    }

    void gauge(String name, String help, Labels labels, long value) {
        gauge(name, help, labels, (double) value);
    }

    /// A counter; its name in the text gets `_total`.
    void counter(String name, String help, Labels labels, long value) {
        counter(name, help, labels, (double) value);
    }

    void counter(String name, String help, Labels labels, double value) {
        counters.computeIfAbsent(
                        name, _ -> CounterSnapshot.builder().name(PREFIX + name).help(help))
                .dataPoint(CounterDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build());
    }

    void histogram(String name, String help, Labels labels, Latencies latencies) {
        histograms
                .computeIfAbsent(
                        name,
                        _ -> HistogramSnapshot.builder().name(PREFIX + name).help(help))
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(bucketsOf(latencies))
                        .sum(latencies.sumNanos() / NANOS_PER_SECOND)
                        .build());
    }

    private static ClassicHistogramBuckets bucketsOf(Latencies latencies) {
        var buckets = ClassicHistogramBuckets.builder();
        var below = 0L;
        for (var bound = 0; bound < Latencies.exportedBounds(); bound++) {
            var upTo = latencies.countUpToBound(bound);
            buckets.bucket(Latencies.exportedBoundSeconds(bound), upTo - below);
            below = upTo;
        }
        return buckets.bucket(Double.POSITIVE_INFINITY, latencies.count() - below)
                .build();
    }

    MetricSnapshots snapshots() {
        var all = MetricSnapshots.builder();
        gauges.values().forEach(gauge -> all.metricSnapshot(gauge.build()));
        counters.values().forEach(counter -> all.metricSnapshot(counter.build()));
        histograms.values().forEach(histogram -> all.metricSnapshot(histogram.build()));
        return all.build();
    }
}
