package io.pgdoorman.pooler.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.pgdoorman.pooler.stats.LoopSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;

/// What the process takes of its machine: memory, sockets, processor, and how its event loops turn.
final class ProcessMetrics {

    private static final double NANOS_PER_SECOND = 1e9;

    private ProcessMetrics() {}

    static void collect(MetricFamilies families, Instant startedAt) {
        families.gauge("total_memory", "Resident memory of the process in bytes", Labels.EMPTY, ResidentMemory.bytes());
        families.gauge(
                "start_time_seconds",
                "When the process began, in seconds since 1970",
                Labels.EMPTY,
                startedAt.getEpochSecond());
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            families.counter(
                    "process_cpu_seconds",
                    "Time of the process on processors",
                    Labels.EMPTY,
                    system.getProcessCpuTime() / NANOS_PER_SECOND);
        }
        for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            var labels = Labels.of("collector", collector.getName());
            families.counter("gc_pauses", "Collections of garbage", labels, collector.getCollectionCount());
            families.counter(
                    "gc_pause_seconds",
                    "Time that collections of garbage took",
                    labels,
                    collector.getCollectionTime() / 1e3);
        }
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
            var help = "Bytes of network buffers that the allocator holds outside the heap";
            var used = allocator.metric().usedDirectMemory();
            families.gauge("buffer_memory_bytes", help, Labels.EMPTY, used);
        }
        SocketCounts.read()
                .forEach((type, count) -> families.gauge(
                        "sockets", "Sockets of this network namespace by kind", Labels.of("type", type), count));
    }

    static void collectLoops(MetricFamilies families, List<LoopSnapshot> loops) {
        for (var loop : loops) {
            var labels = Labels.of("loop", Integer.toString(loop.index()));
            families.histogram(
                    "event_loop_lag_seconds", "How late event loops came to a task that was due", labels, loop.lags());
            if (loop.cpuNanos() >= 0) {
                families.counter(
                        "event_loop_cpu_seconds",
                        "Time of event loops on a processor; its rate is their utilisation",
                        labels,
                        loop.cpuNanos() / NANOS_PER_SECOND);
            }
        }
    }
}
