package io.pgdoorman.pooler.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/// Bytes of the heap that prepared statements hold in the whole process: each text once, however many pools,
/// servers and clients know it, and the names that clients have. PostgreSQL keeps as much for each session, and
/// ends that session alone when there is no more; this process serves all others too. Safe for all threads;
/// touched only where a text or a name is new or goes.
public final class StatementMemory {
    private final AtomicLong held = new AtomicLong();
    private final long limit;

    /// @param limit in bytes
    public StatementMemory(long limit) {
        this.limit = limit;
    }

    /// Half of the heap: what is at work needs the rest.
    public static StatementMemory ofHeap() {
        return new StatementMemory(Runtime.getRuntime().maxMemory() / 2);
    }

    /// A name of a client's, or some, came or went.
    public void change(long bytes) {
        held.addAndGet(bytes);
    }

    public long held() {
        return held.get();
    }

    public long limit() {
        return limit;
    }

    /// Whether it is time to let go of what nobody misses, if so much came.
    public boolean isTight(long more) {
        return held.get() + more > limit / 2;
    }

    /// Whether there is no room for so much.
    public boolean isOver(long more) {
        return held.get() + more > limit;
    }

    /// A text, which counts as long as somebody holds it.
    public Text text(int bytes) {
        return new Text(this, bytes);
    }

    /// Thread-safe, as a server takes what it knows to another loop.
    public static final class Text {
        private static final VarHandle HOLDERS;

        private final StatementMemory memory;
        private final int bytes;

        @SuppressWarnings("unused") // by HOLDERS
        private volatile int holders;

        static {
            try {
                HOLDERS = MethodHandles.lookup().findVarHandle(Text.class, "holders", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private Text(StatementMemory memory, int bytes) {
            this.memory = memory;
            this.bytes = bytes;
        }

        /// One more knows it.
        public void hold() {
            if ((int) HOLDERS.getAndAdd(this, 1) == 0) {
                memory.change(bytes);
            }
        }

        /// Who held it does so no more.
        public void letGo() {
            if ((int) HOLDERS.getAndAdd(this, -1) == 1) {
                memory.change(-bytes);
            }
        }

        public int holders() {
            return holders;
        }

        public int bytes() {
            return bytes;
        }
    }
}
