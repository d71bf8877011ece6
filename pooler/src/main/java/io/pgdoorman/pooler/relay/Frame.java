package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Frontend;

/// The message that is planned, where it lies in what was read, and from where on the bytes before it go to the server
/// as they are. One for each client, moved along: a frame costs no allocation. Belongs to the event loop.
final class Frame {
    static final int HEADER = 5;

    /// A text is read up to this length, if all of it is there: it must not take the loop's time from others. What is
    /// not read is taken to leave everything behind.
    private static final int MAX_READ = 64 * 1024;

    private final Outbox out;
    private ByteBuf in = Unpooled.EMPTY_BUFFER;
    private int from;
    private int at;
    private int end;
    private int runFrom;
    private long total;
    private boolean bodyDropped;

    Frame(Outbox out) {
        this.out = out;
    }

    void begin(ByteBuf read) {
        in = read;
        from = read.readerIndex();
        at = from;
        end = read.writerIndex();
        runFrom = at;
    }

    /// Steps over the part of a message that was planned before.
    ///
    /// @return how much of it is still to come
    long skip(long bodyLeft) {
        int step = (int) Math.min(bodyLeft, end - at);
        at += step;
        runFrom = bodyDropped ? at : runFrom;
        return bodyLeft - step;
    }

    /// Steps to the next message.
    ///
    /// @return how much of this one is still to come
    long next() {
        return skip(total);
    }

    /// Sends all that goes as it is, up to this message.
    void sendRun() {
        out.run(in, runFrom, at);
        runFrom = at;
    }

    /// The last of it; the buffer is the caller's again.
    void endRun() {
        sendRun();
        in = Unpooled.EMPTY_BUFFER;
    }

    /// Tells what was read up to this message.
    void giveTo(Replay replay) {
        replay.add(in, from, at);
    }

    // ---- the message

    ByteBuf in() {
        return in;
    }

    /// Where it begins.
    int at() {
        return at;
    }

    byte tag() {
        return in.getByte(at);
    }

    int lengthWord() {
        return in.getInt(at + 1);
    }

    /// How much is there of this message and of those behind it.
    int there() {
        return end - at;
    }

    int end() {
        return end;
    }

    int body() {
        return at + HEADER;
    }

    /// Length with the header; known after [#open].
    long total() {
        return total;
    }

    /// Where a message that is there as a whole ends.
    int stop() {
        return (int) (at + total);
    }

    /// Where what is there of a message ends.
    int thereOf() {
        return Math.min(stop(), end);
    }

    boolean isWhole() {
        return end - at >= total;
    }

    /// Begins a message of this length.
    void open(long length) {
        total = length;
        bodyDropped = false;
    }

    /// The end of the string at `from` in what is there, or -1.
    int stringEnd(int from) {
        return CString.end(in, from, end);
    }

    /// Whether the text of this query begins with a word of five letters or more that begins so.
    boolean beginsWith(char first, char second, char third) {
        int from = body();
        int stop = Math.min(stop(), end);
        while (from < stop && Character.isWhitespace(in.getByte(from))) {
            from++;
        }
        return stop - from >= 8
                && (in.getByte(from) | 0x20) == first
                && (in.getByte(from + 1) | 0x20) == second
                && (in.getByte(from + 2) | 0x20) == third;
    }

    /// Whether the message behind this Bind is there, and asks what the rows of its portal are like.
    ///
    /// @param end of the portal's name
    boolean isDescribedNext(int end) {
        int next = stop() + HEADER; // its body
        int length = end + 1 - body();
        if (!isWhole() || this.end - next < 1 + length || in.getByte(stop()) != Frontend.DESCRIBE) {
            return false;
        }
        return in.getByte(next) == Frontend.TARGET_PORTAL && ByteBufUtil.equals(in, body(), in, next + 1, length);
    }

    byte[] bytes(int from, int to) {
        var bytes = new byte[to - from];
        in.getBytes(from, bytes);
        return bytes;
    }

    /// Does not send this message.
    void drop() {
        sendRun();
        bodyDropped = true;
    }

    /// Sends what comes before this message, and of this message only what lies behind `from`.
    void dropBefore(int from) {
        sendRun();
        runFrom = from;
    }

    boolean isReadable() {
        return isWhole() && total <= MAX_READ;
    }

    /// What the text from there on may leave behind, in the bits of DirtScan.
    int leaves(int begin) {
        return isReadable() ? DirtScan.scan(in, begin, stop()) : Dirt.UNKNOWN | DirtScan.LASTS;
    }
}
