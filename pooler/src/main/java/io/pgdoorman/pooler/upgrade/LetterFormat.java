package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pgdoorman.pooler.net.Passage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Letters as bytes: a tag, then the parts.
final class LetterFormat {
    private static final byte HELLO = 'H';
    private static final byte LISTENER = 'L';
    private static final byte PREPARED = 'P';
    private static final byte TAKE = 'T';
    private static final byte HOLDS = 'S';
    private static final byte CLIENT = 'C';
    private static final byte READY = 'R';
    private static final byte REFUSED = 'X';
    private static final byte GO = 'G';
    private static final byte CANCEL = 'K';
    private static final byte CANCELLED = 'k';
    private static final byte DONE = 'D';

    /// PostgreSQL's protocol allows no longer cancel key.
    static final int MAX_SECRET = 256;

    private LetterFormat() {}

    /// @return null when it is longer than a letter may be
    static @Nullable ByteBuf written(Letter letter, ByteBufAllocator allocator) {
        var out = allocator.heapBuffer(256);
        write(letter, out, new Pen(out));
        if (out.readableBytes() > Passage.MAX_LETTER) {
            out.release();
            return null;
        }
        return out;
    }

    private static void write(Letter letter, ByteBuf out, Pen pen) {
        switch (letter) {
            case Letter.Hello(var format, var clients, var version) -> {
                out.writeByte(HELLO);
                pen.number(format);
                pen.number(clients);
                pen.text(version);
            }
            case Letter.Listener(var name, var isLast) -> {
                out.writeByte(LISTENER);
                pen.text(name);
                pen.yes(isLast);
            }
            case Letter.Prepared(var adopted) -> {
                out.writeByte(PREPARED);
                pen.number(adopted.size());
                adopted.forEach(pen::text);
            }
            case Letter.Take() -> out.writeByte(TAKE);
            case Letter.Holds(var database, var user, var servers) -> {
                out.writeByte(HOLDS);
                pen.text(database);
                pen.text(user);
                pen.number(servers);
            }
            case Letter.Client(var number, var unix, var luggage) -> {
                out.writeByte(CLIENT);
                pen.longNumber(number);
                pen.yes(unix);
                LuggageFormat.write(luggage, pen);
            }
            case Letter.Ready(var number) -> numbered(out, READY, number);
            case Letter.Refused(var number, var reason) -> {
                numbered(out, REFUSED, number);
                pen.text(reason);
            }
            case Letter.Go(var number) -> numbered(out, GO, number);
            case Letter.Cancel(var number, var pid, var secret) -> {
                numbered(out, CANCEL, number);
                pen.number(pid);
                pen.bytes(secret);
            }
            case Letter.Cancelled(var number) -> numbered(out, CANCELLED, number);
            case Letter.Done() -> out.writeByte(DONE);
        }
    }

    private static void numbered(ByteBuf out, byte tag, long number) {
        out.writeByte(tag).writeLong(number);
    }

    /// @throws IOException when it is none
    static Letter read(ByteBuf in) throws IOException {
        var reading = new Reading(in);
        byte tag = reading.tag();
        var letter = switch (tag) {
            case HELLO -> new Letter.Hello(reading.number(), reading.number(), reading.text());
            case LISTENER -> new Letter.Listener(reading.text(), reading.yes());
            case PREPARED -> new Letter.Prepared(names(reading));
            case TAKE -> new Letter.Take();
            case HOLDS -> new Letter.Holds(reading.text(), reading.text(), reading.count(0));
            case CLIENT -> new Letter.Client(reading.longNumber(), reading.yes(), LuggageFormat.read(reading));
            case READY -> new Letter.Ready(reading.longNumber());
            case REFUSED -> new Letter.Refused(reading.longNumber(), reading.text());
            case GO -> new Letter.Go(reading.longNumber());
            case CANCEL -> new Letter.Cancel(reading.longNumber(), reading.number(), reading.bytes(MAX_SECRET));
            case CANCELLED -> new Letter.Cancelled(reading.longNumber());
            case DONE -> new Letter.Done();
            default -> throw new IOException("no letter begins with " + tag);
        };
        reading.end();
        return letter;
    }

    private static List<String> names(Reading reading) throws IOException {
        int count = reading.count(4);
        var names = new ArrayList<String>(count);
        for (int i = 0; i < count; i++) {
            names.add(reading.text());
        }
        return List.copyOf(names);
    }
}
