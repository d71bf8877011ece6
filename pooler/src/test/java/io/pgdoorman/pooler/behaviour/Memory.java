package io.pgdoorman.pooler.behaviour;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/// What this JVM holds: heap after a collection, and direct buffers.
final class Memory {
    private Memory() {}

    static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
                + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum()
                + io.netty.util.internal.PlatformDependent.usedDirectMemory();
    }
}
