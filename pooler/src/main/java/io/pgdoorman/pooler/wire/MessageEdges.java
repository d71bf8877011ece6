package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;

/// Follows where messages begin and end in a stream that passes by. Belongs to one event loop.
public final class MessageEdges {
    private static final int HEADER = 5;

    private byte tag;
    private byte lastButData;
    private int length;
    private int headerRead;
    private long bodyLeft;

    /// Looks at bytes without consuming them.
    public void pass(ByteBuf chunk) {
        int at = chunk.readerIndex();
        int end = chunk.writerIndex();
        while (at < end) {
            if (bodyLeft > 0) {
                int step = (int) Math.min(bodyLeft, end - at);
                bodyLeft -= step;
                at += step;
                continue;
            }
            byte next = chunk.getByte(at++);
            if (headerRead == 0) {
                tag = next;
                length = 0;
            } else {
                length = (length << 8) | (next & 0xff);
            }
            if (++headerRead == HEADER) {
                headerRead = 0;
                lastButData = tag == Backend.COPY_DATA ? lastButData : tag;
                bodyLeft = Math.max(0, (length & 0xffff_ffffL) - 4);
            }
        }
    }

    /// The tag of the last message that is not CopyData: it says what the CopyData after it belong to.
    public byte lastButData() {
        return lastButData;
    }

    /// Whether no message is half through.
    public boolean isAtEdge() {
        return bodyLeft == 0 && headerRead == 0;
    }
}
