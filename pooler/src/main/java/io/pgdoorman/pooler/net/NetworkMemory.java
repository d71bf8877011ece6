package io.pgdoorman.pooler.net;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/// Memory outside the heap, where what connections read and have yet to write lies: of the whole process, as the
/// allocator of buffers is. It is short when half of it is used, so that the other half is left for those who read
/// their answers. Any thread.
public final class NetworkMemory {
    private static final long LIMIT = Math.max(1, PlatformDependent.maxDirectMemory());

    private static final BufferPoolMXBean DIRECT = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("this JVM does not tell of its direct memory"));

    private NetworkMemory() {}

    /// Bytes taken from the system. Netty counts those that it takes by itself, which this JVM may not allow.
    public static long used() {
        long counted = PlatformDependent.usedDirectMemory();
        return counted >= 0 ? counted : DIRECT.getMemoryUsed();
    }

    public static long limit() {
        return LIMIT;
    }

    /// Reads one counter.
    static boolean isShort() {
        return used() > LIMIT / 2;
    }
}
