package io.pgdoorman.pooler.behaviour;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/// What this JVM holds: heap after a collection, and direct buffers.
final class Memory {
    private Memory() {}

    static long used() {
        System.gc();
        long buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        // Netty's are mostly among them; where it goes past the JVM's books they are not.
        long nettys = io.netty.util.internal.PlatformDependent.usedDirectMemory();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + Math.max(buffers, nettys);
    }
}
