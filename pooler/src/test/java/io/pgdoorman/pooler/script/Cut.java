package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Into which pieces one write of a script is cut; each piece is a write to the socket of its own.
public sealed interface Cut {
    /// As it is.
    record Whole() implements Cut {}

    /// Each byte alone, but the middle of a long write in larger pieces: there a boundary shows nothing new.
    record ByteByByte() implements Cut {
        private static final int HEAD = 4096;
        private static final int TAIL = 512;
    }

    /// Pieces of random length, often short, with a random pause between some of them.
    record AtRandom(Random random) implements Cut {}

    /// Writes `bytes` in pieces.
    default void write(OutputStream out, byte[] bytes) throws IOException {
        for (int at = 0; at < bytes.length; ) {
            int piece = Math.min(bytes.length - at, piece(at, bytes.length));
            out.write(bytes, at, piece);
            at += piece;
            pause();
        }
    }

    private int piece(int at, int length) {
        return switch (this) {
            case Whole _ -> length;
            case ByteByByte _ ->
                at < ByteByByte.HEAD || at >= length - ByteByByte.TAIL
                        ? 1
                        : Math.min(ByteByByte.HEAD, length - ByteByByte.TAIL - at);
            case AtRandom(var random) -> 1 + random.nextInt(1 << random.nextInt(1, 14));
        };
    }

    private void pause() {
        if (this instanceof AtRandom(var random) && random.nextInt(4) == 0) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(100)));
        }
    }
}
