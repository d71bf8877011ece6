package io.pgdoorman.pooler.behaviour;

import io.netty.buffer.PooledByteBufAllocator;
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
        return heap() + Math.max(buffers, nettys);
    }

    /// The same without what Netty keeps at hand for the next, which is another amount each time: a chunk of 4
    /// MiB stays for one small buffer in it.
    static long held() {
        System.gc();
        return heap() + PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    }

    private static long heap() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
