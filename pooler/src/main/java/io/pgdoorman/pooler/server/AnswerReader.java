package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.ProtocolException;

/// Reads what PostgreSQL answers to something of the pooler's own, message by message, up to ReadyForQuery and what
/// follows in the same breath: whoever comes next must not get half of it. Belongs to the server's event loop.
public final class AnswerReader implements ServerListener {
    private final ServerConnection server;
    private final int maxMessage;
    private final Answer answer;
    private final Carry carry = new Carry();
    private boolean ready;
    private boolean ended;

    /// What becomes of it; either it is complete or it is lost, told once and last.
    public interface Answer {
        /// Any message but ParameterStatus, which the server has noted; the body is not to be kept.
        void message(byte tag, ByteBuf body) throws ProtocolException;

        /// It cannot be understood; the connection is closed then.
        void broken(ProtocolException why);

        /// It has been read to its end, and the server is free.
        void complete();

        /// The connection is gone.
        void lost();
    }

    /// @param maxMessage length of the longest message that such an answer may have
    public AnswerReader(ServerConnection server, int maxMessage, Answer answer) {
        this.server = server;
        this.maxMessage = maxMessage;
        this.answer = answer;
    }

    /// Whether part of a message is held back.
    boolean hasRest() {
        return !carry.isEmpty();
    }

    @Override
    public void fromServer(ByteBuf chunk) {
        var in = carry.join(chunk);
        try {
            read(in);
        } catch (ProtocolException why) {
            answer.broken(why);
            server.close(CloseReason.PROTOCOL);
        } finally {
            carry.keep(in, ended ? in.writerIndex() : in.readerIndex());
        }
    }

    private void read(ByteBuf in) throws ProtocolException {
        while (!ended && in.readableBytes() >= 5) {
            byte tag = in.getByte(in.readerIndex());
            int length = in.getInt(in.readerIndex() + 1);
            if (length < 4 || length > maxMessage) {
                throw ProtocolException.violation("message of " + length + " bytes");
            }
            if (in.readableBytes() < length + 1) {
                return;
            }
            in.skipBytes(5);
            message(tag, in.readSlice(length - 4));
        }
        if (ready && !ended && !in.isReadable()) {
            ended = true;
            server.detach(this);
            answer.complete();
        }
    }

    private void message(byte tag, ByteBuf body) throws ProtocolException {
        if (tag == Backend.PARAMETER_STATUS) {
            server.noteParameter(CString.read(body), CString.read(body));
        } else {
            answer.message(tag, body);
            ready |= tag == Backend.READY_FOR_QUERY;
        }
    }

    @Override
    public void serverReadComplete() {}

    @Override
    public void serverWritabilityChanged() {}

    @Override
    public void serverClosed(CloseReason reason) {
        carry.release();
        if (!ended) {
            ended = true;
            answer.lost();
        }
    }
}
