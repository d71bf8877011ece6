package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import java.util.Map;

/// Writes messages as a client would send them to PostgreSQL.
public final class FrontendWriter {
    private static final int PROTOCOL_3_0 = 3 << 16;

    private FrontendWriter() {}

    public static void startup(ByteBuf out, Map<String, String> parameters) {
        int at = out.writerIndex();
        out.writeInt(0).writeInt(PROTOCOL_3_0);
        parameters.forEach((name, value) -> {
            CString.write(out, name);
            CString.write(out, value);
        });
        out.writeByte(0);
        out.setInt(at, out.writerIndex() - at);
    }

    public static void sslRequest(ByteBuf out) {
        out.writeInt(8).writeInt(FirstPacket.SSL_REQUEST);
    }

    public static void cancel(ByteBuf out, int pid, byte[] secret) {
        out.writeInt(12 + secret.length).writeInt(FirstPacket.CANCEL_REQUEST).writeInt(pid);
        out.writeBytes(secret);
    }

    /// A PasswordMessage or SASLResponse.
    public static void password(ByteBuf out, byte[] content, boolean terminated) {
        out.writeByte(Frontend.PASSWORD).writeInt(4 + content.length + (terminated ? 1 : 0));
        out.writeBytes(content);
        if (terminated) {
            out.writeByte(0);
        }
    }

    public static void saslInitialResponse(ByteBuf out, String mechanism, byte[] data) {
        out.writeByte(Frontend.PASSWORD);
        int at = out.writerIndex();
        out.writeInt(0);
        CString.write(out, mechanism);
        out.writeInt(data.length).writeBytes(data);
        out.setInt(at, out.writerIndex() - at);
    }

    public static void query(ByteBuf out, byte[] sql) {
        out.writeByte(Frontend.QUERY).writeInt(5 + sql.length).writeBytes(sql).writeByte(0);
    }

    public static void bare(ByteBuf out, byte tag) {
        out.writeByte(tag).writeInt(4);
    }

    /// A Parse of `name`; `tail` is what follows the name in the message: query text, NUL, parameter types.
    public static void parse(ByteBuf out, byte[] name, byte[] tail) {
        out.writeByte(Frontend.PARSE).writeInt(5 + name.length + tail.length);
        out.writeBytes(name).writeByte(0).writeBytes(tail);
    }

    /// Parses, binds and executes as the unnamed statement and portal, with no parameter: unlike a query's, an
    /// error of it makes PostgreSQL skip all that follows, up to a Sync.
    public static void runUnnamed(ByteBuf out, byte[] sql) {
        out.writeByte(Frontend.PARSE).writeInt(4 + 1 + sql.length + 1 + 2);
        out.writeByte(0).writeBytes(sql).writeByte(0).writeShort(0);
        out.writeByte(Frontend.BIND).writeInt(4 + 1 + 1 + 2 + 2 + 2);
        out.writeByte(0).writeByte(0).writeShort(0).writeShort(0).writeShort(0);
        execute(out, 0);
    }

    /// Binds the unnamed portal to the unnamed statement, with one parameter and all results as text.
    public static void bindText(ByteBuf out, byte[] value) {
        out.writeByte(Frontend.BIND).writeInt(4 + 1 + 1 + 2 + 2 + 4 + value.length + 2);
        out.writeByte(0).writeByte(0).writeShort(0);
        out.writeShort(1).writeInt(value.length).writeBytes(value);
        out.writeShort(0);
    }

    public static void describeUnnamedPortal(ByteBuf out) {
        out.writeByte(Frontend.DESCRIBE).writeInt(6).writeByte('P').writeByte(0);
    }

    /// Executes the unnamed portal.
    public static void execute(ByteBuf out, int maxRows) {
        out.writeByte(Frontend.EXECUTE).writeInt(9).writeByte(0).writeInt(maxRows);
    }

    public static void copyFail(ByteBuf out, String reason) {
        out.writeByte(Frontend.COPY_FAIL);
        int at = out.writerIndex();
        out.writeInt(0);
        CString.write(out, reason);
        out.setInt(at, out.writerIndex() - at);
    }

    public static void describeStatement(ByteBuf out, byte[] name) {
        out.writeByte(Frontend.DESCRIBE).writeInt(6 + name.length).writeByte(Frontend.TARGET_STATEMENT);
        out.writeBytes(name).writeByte(0);
    }

    public static void closeStatement(ByteBuf out, byte[] name) {
        out.writeByte(Frontend.CLOSE).writeInt(6 + name.length).writeByte(Frontend.TARGET_STATEMENT);
        out.writeBytes(name).writeByte(0);
    }
}
