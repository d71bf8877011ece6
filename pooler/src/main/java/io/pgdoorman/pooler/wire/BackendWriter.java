package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes messages as PostgreSQL would send them to a client.
public final class BackendWriter {
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

    public static void authenticationGss(ByteBuf out) {
        out.writeByte(Backend.AUTHENTICATION).writeInt(8).writeInt(7);
    }

    public static void authenticationGssContinue(ByteBuf out, byte[] data) {
        int at = begin(out, Backend.AUTHENTICATION);
        out.writeInt(8).writeBytes(data);
        end(out, at);
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

    /// A ParameterDescription of a statement that has none.
    public static void noParameters(ByteBuf out) {
        out.writeByte(Backend.PARAMETER_DESCRIPTION).writeInt(6).writeShort(0);
    }

    public static void rowDescription(ByteBuf out, List<Column> columns, FieldFormats formats) {
        int at = begin(out, Backend.ROW_DESCRIPTION);
        out.writeShort(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            var column = columns.get(i);
            CString.write(out, column.name());
            out.writeInt(0)
                    .writeShort(0)
                    .writeInt(column.type().oid())
                    .writeShort(column.type().size())
                    .writeInt(-1)
                    .writeShort(formats.code(i));
        }
        end(out, at);
    }

    /// A DataRow of values as text, which go out in the formats that are wanted.
    public static void dataRow(ByteBuf out, List<Column> columns, FieldFormats formats, List<@Nullable String> values) {
        int at = begin(out, Backend.DATA_ROW);
        out.writeShort(values.size());
        for (int i = 0; i < values.size(); i++) {
            var value = values.get(i);
            if (value == null) {
                out.writeInt(-1);
            } else if (columns.get(i).type() == Column.Type.BIGINT && formats.isBinary(i)) {
                out.writeInt(Long.BYTES).writeLong(Long.parseLong(value));
            } else {
                out.writeInt(ByteBufUtil.utf8Bytes(value));
                out.writeCharSequence(value, StandardCharsets.UTF_8);
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
        error(out, error, null, PgError.MARK);
    }

    /// An error with these words for where it comes from.
    public static void error(ByteBuf out, PgError error, @Nullable String file, String routine) {
        int at = begin(out, Backend.ERROR_RESPONSE);
        field(out, 'S', error.severity().name());
        field(out, 'V', error.severity().name());
        field(out, 'C', error.sqlState());
        field(out, 'M', error.message());
        field(out, 'D', error.detail());
        field(out, 'H', error.hint());
        field(out, 'F', file);
        field(out, 'R', routine);
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
