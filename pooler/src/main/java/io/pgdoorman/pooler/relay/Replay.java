package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.Frontend;
import java.util.function.IntPredicate;

/// The first batch of a lease as the client sent it, so that it can be planned once more when PostgreSQL refuses a
/// statement that was taken for known. The bytes lie in a buffer of the server's. Belongs to the event loop.
///
/// A copy of some hundred bytes for each transaction of the extended protocol; longer batches are not kept, and what
/// they meet is passed on.
final class Replay {
    private byte[] bytes = new byte[0];
    private int length;
    private boolean isOpen;
    private boolean isDue;

    void begin(byte[] buffer) {
        bytes = buffer;
        length = 0;
        isOpen = true;
        isDue = false;
    }

    void stop() {
        isOpen = false;
        isDue = false;
    }

    boolean isOpen() {
        return isOpen;
    }

    /// Keeps what the client sent there, as long as it is the extended protocol and fits.
    void add(ByteBuf in, int from, int to) {
        int more = to - from;
        if (more == 0) {
            return;
        }
        boolean begins = length > 0 || isExtended(in.getByte(from));
        if (!begins || more > bytes.length - length) {
            stop();
            return;
        }
        in.getBytes(from, bytes, length, more);
        length += more;
    }

    private static boolean isExtended(byte tag) {
        return tag == Frontend.PARSE || tag == Frontend.BIND || tag == Frontend.DESCRIBE;
    }

    /// What a client heard in its lease.
    enum Heard {
        NOTHING,
        /// Answers that have not left.
        NOTHING_YET,
        SOMETHING
    }

    /// Whether the batch can be sent twice: what was answered must not have changed the client's names.
    boolean isPossible(Heard heard) {
        return switch (heard) {
            case NOTHING -> true;
            case NOTHING_YET -> !has(at -> bytes[at] == Frontend.CLOSE || isNamedParse(at));
            case SOMETHING -> false;
        };
    }

    private boolean isNamedParse(int at) {
        return bytes[at] == Frontend.PARSE && bytes[at + Frame.HEADER] != 0;
    }

    /// Whether the client will be told what its result looks like: else it relies on what it was told before.
    boolean showsResult() {
        return has(at -> bytes[at] == Frontend.PARSE || bytes[at] == Frontend.DESCRIBE);
    }

    /// Whether a message is such, by where it begins.
    private boolean has(IntPredicate such) {
        for (int at = 0; at + Frame.HEADER < length; ) {
            if (such.test(at)) {
                return true;
            }
            int word = (bytes[at + 1] & 0xff) << 24
                    | (bytes[at + 2] & 0xff) << 16
                    | (bytes[at + 3] & 0xff) << 8
                    | (bytes[at + 4] & 0xff);
            at += word + 1;
        }
        return false;
    }

    /// It will be sent again as soon as PostgreSQL is ready.
    void postpone() {
        isOpen = false;
        isDue = true;
    }

    boolean isDue() {
        return isDue;
    }

    /// Appends what was kept, and is done.
    void giveTo(ByteBuf out) {
        isDue = false;
        out.writeBytes(bytes, 0, length);
    }
}
