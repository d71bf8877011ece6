package io.pgdoorman.pooler.prepare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// By what a [StatementCache] knows a statement: the tail of its Parse and its [PlannerScope].
final class StatementKey {
    /// Of this process alone, so that nobody can choose texts that all have one hash.
    private static final long SEED = new SecureRandom().nextLong();

    private final ByteBuf tail;
    private final long scope;
    private final int hash;

    private StatementKey(byte[] tail, long scope, int hash) {
        this.tail = Unpooled.wrappedBuffer(tail);
        this.scope = scope;
        this.hash = hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StatementKey that && hash == that.hash && scope == that.scope && tail.equals(that.tail);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /// What is looked for, where it lies in a frame. A map asks what it is given whether it equals a key, so that this
    /// finds a [StatementKey] without being one. Used again for each look-up.
    static final class Sought {
        private ByteBuf in = Unpooled.EMPTY_BUFFER;
        private int from;
        private int length;
        private long scope;
        private int hash;

        Sought at(ByteBuf frames, int begin, int end, long plannerScope) {
            in = frames;
            from = begin;
            length = end - begin;
            scope = plannerScope;
            hash = hash();
            return this;
        }

        /// The frame is its owner's again.
        void letGo() {
            in = Unpooled.EMPTY_BUFFER;
        }

        /// The key of what was looked for last.
        ///
        /// @param tail a copy of it
        StatementKey kept(byte[] tail) {
            return new StatementKey(tail, scope, hash);
        }

        /// Of eight bytes at once: texts of queries are long.
        private int hash() {
            long mixed = (scope + length) ^ SEED;
            int at = from;
            int end = from + length;
            for (; at <= end - Long.BYTES; at += Long.BYTES) {
                mixed = mixed(mixed ^ in.getLong(at));
            }
            for (; at < end; at++) {
                mixed = mixed(mixed ^ in.getByte(at));
            }
            return Long.hashCode(mixed);
        }

        private static long mixed(long value) {
            long product = value * 0x9E3779B97F4A7C15L;
            return product ^ (product >>> 29);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof StatementKey key
                    && hash == key.hash
                    && scope == key.scope
                    && length == key.tail.readableBytes()
                    && ByteBufUtil.equals(in, from, key.tail, 0, length);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
