package io.pgdoorman.pooler.net;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ties threads to processors (sched_setaffinity(2)), in turn to those that the process may use. Java has no
/// such thing, so the C library is called.
final class Affinity {
    private static final Logger LOG = LoggerFactory.getLogger(Affinity.class);

    /// Room for 8192 processors.
    private static final int MASK_BYTES = 1024;

    private static final int CALLING_THREAD = 0;

    private final int[] processors;

    private Affinity(int[] processors) {
        this.processors = processors;
    }

    /// Of those that the calling thread may use; of none where the system does not tell.
    static Affinity ofThisThread() {
        try (var arena = Arena.ofConfined()) {
            var mask = arena.allocate(MASK_BYTES, Long.BYTES);
            call("sched_getaffinity", mask);
            var allowed = BitSet.valueOf(mask.asByteBuffer());
            return new Affinity(allowed.stream().toArray());
        } catch (Throwable failed) { // what a method handle throws
            warn(failed);
            return new Affinity(new int[0]);
        }
    }

    /// Ties the calling thread to the processor of this number; counted round where there are fewer.
    void tie(int number) {
        if (processors.length == 0) {
            return;
        }
        try (var arena = Arena.ofConfined()) {
            int processor = processors[number % processors.length];
            var mask = arena.allocate(MASK_BYTES, Long.BYTES);
            mask.set(ValueLayout.JAVA_BYTE, processor / Byte.SIZE, (byte) (1 << processor % Byte.SIZE));
            call("sched_setaffinity", mask);
        } catch (Throwable failed) { // what a method handle throws
            warn(failed);
        }
    }

    @SuppressWarnings("restricted") // two functions of the C library, called as their manual says
    private static void call(String function, MemorySegment mask) throws Throwable {
        var linker = Linker.nativeLinker();
        var handle = linker.downcallHandle(
                linker.defaultLookup().findOrThrow(function),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
        int result = (int) handle.invokeExact(CALLING_THREAD, mask.byteSize(), mask);
        if (result < 0) {
            throw new IllegalStateException(function + " failed");
        }
    }

    private static void warn(Throwable failed) {
        LOG.atWarn()
                .setMessage("event loops cannot be tied to processors")
                .addKeyValue("reason", failed.toString())
                .log();
    }
}
