package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pgdoorman.pooler.net.Passage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Messages as bytes: a tag, then the parts.
final class MessageCodec {
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

    private MessageCodec() {}

    /// @return null when it is longer than a message may be
    static @Nullable ByteBuf written(Message message, ByteBufAllocator allocator) {
        var out = allocator.heapBuffer(256);
        write(message, out, new MessageWriter(out));
        if (out.readableBytes() > Passage.MAX_MESSAGE) {
            out.release();
            return null;
        }
        return out;
    }

    private static void write(Message message, ByteBuf out, MessageWriter pen) {
        switch (message) {
            case Message.Hello(var format, var clients, var version) -> {
                out.writeByte(HELLO);
                pen.number(format);
                pen.number(clients);
                pen.text(version);
            }
            case Message.Listener(var name, var isLast) -> {
                out.writeByte(LISTENER);
                pen.text(name);
                pen.yes(isLast);
            }
            case Message.Prepared(var adopted) -> {
                out.writeByte(PREPARED);
                pen.number(adopted.size());
                adopted.forEach(pen::text);
            }
            case Message.Take() -> out.writeByte(TAKE);
            case Message.Holds(var database, var user, var servers) -> {
                out.writeByte(HOLDS);
                pen.text(database);
                pen.text(user);
                pen.number(servers);
            }
            case Message.Client(var number, var unix, var handedOver) -> {
                out.writeByte(CLIENT);
                pen.longNumber(number);
                pen.yes(unix);
                ClientCodec.write(handedOver, pen);
            }
            case Message.Ready(var number) -> numbered(out, READY, number);
            case Message.Refused(var number, var reason) -> {
                numbered(out, REFUSED, number);
                pen.text(reason);
            }
            case Message.Go(var number) -> numbered(out, GO, number);
            case Message.Cancel(var number, var pid, var secret) -> {
                numbered(out, CANCEL, number);
                pen.number(pid);
                pen.bytes(secret);
            }
            case Message.Cancelled(var number) -> numbered(out, CANCELLED, number);
            case Message.Done() -> out.writeByte(DONE);
        }
    }

    private static void numbered(ByteBuf out, byte tag, long number) {
        out.writeByte(tag).writeLong(number);
    }

    /// @throws IOException when it is none
    static Message read(ByteBuf in) throws IOException {
        var reading = new MessageReader(in);
        byte tag = reading.tag();
        var message = switch (tag) {
            case HELLO -> new Message.Hello(reading.number(), reading.number(), reading.text());
            case LISTENER -> new Message.Listener(reading.text(), reading.yes());
            case PREPARED -> new Message.Prepared(names(reading));
            case TAKE -> new Message.Take();
            case HOLDS -> new Message.Holds(reading.text(), reading.text(), reading.count(0));
            case CLIENT -> new Message.Client(reading.longNumber(), reading.yes(), ClientCodec.read(reading));
            case READY -> new Message.Ready(reading.longNumber());
            case REFUSED -> new Message.Refused(reading.longNumber(), reading.text());
            case GO -> new Message.Go(reading.longNumber());
            case CANCEL -> new Message.Cancel(reading.longNumber(), reading.number(), reading.bytes(MAX_SECRET));
            case CANCELLED -> new Message.Cancelled(reading.longNumber());
            case DONE -> new Message.Done();
            default -> throw new IOException("no message begins with " + tag);
        };
        reading.end();
        return message;
    }

    private static List<String> names(MessageReader reading) throws IOException {
        int count = reading.count(4);
        var names = new ArrayList<String>(count);
        for (int i = 0; i < count; i++) {
            names.add(reading.text());
        }
        return List.copyOf(names);
    }
}
