package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/// Reads as much at once as another allocator says, and little while network memory is short: what is read for a peer
/// that does not read stays there. A read without memory would end its connection.
final class ThriftyReads implements RecvByteBufAllocator {
    /// Of the size that chunks of memory which are there already have room for.
    static final int LITTLE = 16 * 1024;

    private final RecvByteBufAllocator usual;

    ThriftyReads(RecvByteBufAllocator usual) {
        this.usual = usual;
    }

    @Override
    @SuppressWarnings("deprecation") // the interface has no other method
    public Handle newHandle() {
        if (usual.newHandle() instanceof ExtendedHandle handle) {
            return new Thrifty(handle);
        }
        throw new IllegalStateException(usual + " has handles that transports do not take");
    }

    private static final class Thrifty extends DelegatingHandle implements ExtendedHandle {
        private final ExtendedHandle usual;

        Thrifty(ExtendedHandle usual) {
            super(usual);
            this.usual = usual;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return guess() > LITTLE && NetworkMemory.isShort() ? allocator.ioBuffer(LITTLE) : usual.allocate(allocator);
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier mayHaveMore) {
            return usual.continueReading(mayHaveMore);
        }
    }
}
