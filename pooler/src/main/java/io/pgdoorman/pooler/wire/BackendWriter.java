package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes messages as PostgreSQL would send them to a client.
public final class BackendWriter {
    private static final int OID_TEXT = 25;

    private BackendWriter() {}

    /// Begins a message; [#end] fills in its length.
    private static int begin(ByteBuf out, byte tag) {
        out.writeByte(tag);
        int at = out.writerIndex();
        out.writeInt(0);
        return at;
    }

    private static void end(ByteBuf out, int at) {
        out.setInt(at, out.writerIndex() - at);
    }

    public static void authenticationOk(ByteBuf out) {
        out.writeByte(Backend.AUTHENTICATION).writeInt(8).writeInt(0);
    }

    public static void authenticationCleartext(ByteBuf out) {
        out.writeByte(Backend.AUTHENTICATION).writeInt(8).writeInt(3);
    }

    public static void authenticationMd5(ByteBuf out, byte[] salt) {
        out.writeByte(Backend.AUTHENTICATION).writeInt(12).writeInt(5).writeBytes(salt);
    }

    public static void authenticationSasl(ByteBuf out, List<String> mechanisms) {
        int at = begin(out, Backend.AUTHENTICATION);
        out.writeInt(10);
        for (var mechanism : mechanisms) {
            CString.write(out, mechanism);
        }
        out.writeByte(0);
        end(out, at);
    }

    public static void authenticationSaslContinue(ByteBuf out, byte[] data) {
        int at = begin(out, Backend.AUTHENTICATION);
        out.writeInt(11).writeBytes(data);
        end(out, at);
    }

    public static void authenticationSaslFinal(ByteBuf out, byte[] data) {
        int at = begin(out, Backend.AUTHENTICATION);
        out.writeInt(12).writeBytes(data);
        end(out, at);
    }

    /// Tells a client of a newer minor version which one it gets and which options are unknown here.
    public static void negotiateProtocolVersion(ByteBuf out, int minor, List<String> unknownOptions) {
        int at = begin(out, Backend.NEGOTIATE_PROTOCOL_VERSION);
        out.writeInt((3 << 16) | minor).writeInt(unknownOptions.size());
        for (var option : unknownOptions) {
            CString.write(out, option);
        }
        end(out, at);
    }

    public static void parameterStatus(ByteBuf out, String name, String value) {
        int at = begin(out, Backend.PARAMETER_STATUS);
        CString.write(out, name);
        CString.write(out, value);
        end(out, at);
    }

    public static void backendKeyData(ByteBuf out, int pid, byte[] secret) {
        out.writeByte(Backend.BACKEND_KEY_DATA).writeInt(8 + secret.length).writeInt(pid);
        out.writeBytes(secret);
    }

    public static void readyForQuery(ByteBuf out, byte status) {
        out.writeByte(Backend.READY_FOR_QUERY).writeInt(5).writeByte(status);
    }

    public static void bare(ByteBuf out, byte tag) {
        out.writeByte(tag).writeInt(4);
    }

    public static void commandComplete(ByteBuf out, String commandTag) {
        int at = begin(out, Backend.COMMAND_COMPLETE);
        CString.write(out, commandTag);
        end(out, at);
    }

    public static void rowDescription(ByteBuf out, List<String> columns) {
        int at = begin(out, Backend.ROW_DESCRIPTION);
        out.writeShort(columns.size());
        for (var column : columns) {
            CString.write(out, column);
            out.writeInt(0)
                    .writeShort(0)
                    .writeInt(OID_TEXT)
                    .writeShort(-1)
                    .writeInt(-1)
                    .writeShort(0);
        }
        end(out, at);
    }

    public static void dataRow(ByteBuf out, List<@Nullable String> values) {
        int at = begin(out, Backend.DATA_ROW);
        out.writeShort(values.size());
        for (var value : values) {
            int lengthAt = out.writerIndex();
            out.writeInt(-1);
            if (value != null) {
                int from = out.writerIndex();
                out.writeCharSequence(value, StandardCharsets.UTF_8);
                out.setInt(lengthAt, out.writerIndex() - from);
            }
        }
        end(out, at);
    }

    /// An error as clients before protocol 3 read it.
    public static void oldError(ByteBuf out, String message) {
        out.writeByte(Backend.ERROR_RESPONSE);
        CString.write(out, "FATAL:  " + message + "\n");
    }

    /// Tells a client something that is no error.
    public static void notice(ByteBuf out, String message, String hint) {
        int at = begin(out, Backend.NOTICE_RESPONSE);
        field(out, 'S', "NOTICE");
        field(out, 'V', "NOTICE");
        field(out, 'C', "00000");
        field(out, 'M', message);
        field(out, 'H', hint);
        field(out, 'R', PgError.MARK);
        out.writeByte(0);
        end(out, at);
    }

    public static void error(ByteBuf out, PgError error) {
        int at = begin(out, Backend.ERROR_RESPONSE);
        field(out, 'S', error.severity().name());
        field(out, 'V', error.severity().name());
        field(out, 'C', error.sqlState());
        field(out, 'M', error.message());
        field(out, 'D', error.detail());
        field(out, 'H', error.hint());
        field(out, 'R', PgError.MARK);
        out.writeByte(0);
        end(out, at);
    }

    private static void field(ByteBuf out, char type, @Nullable String text) {
        if (text != null) {
            out.writeByte(type);
            CString.write(out, text);
        }
    }
}
