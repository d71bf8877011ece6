package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a client may send first (PostgreSQL manual, "Message Formats": SSLRequest, GSSENCRequest, CancelRequest,
/// StartupMessage). These bytes are hostile: every length is checked before it is used.
public sealed interface FirstPacket {
    /// PostgreSQL's MAX_STARTUP_PACKET_LENGTH, and the length word that it does not count.
    int MAX_LENGTH = 10_004;

    /// The newest minor version of protocol 3 that is spoken here: PostgreSQL 18's.
    int NEWEST_MINOR = 2;

    int SSL_REQUEST = 80_877_103;
    int GSSENC_REQUEST = 80_877_104;
    int CANCEL_REQUEST = 80_877_102;

    /// Secrets are 4 bytes in protocol 3.0 and up to 256 in 3.2.
    int MAX_CANCEL_SECRET = 256;

    String LAYOUT = "invalid startup packet layout: expected terminator as last byte";

    record SslRequest() implements FirstPacket {}

    record GssEncRequest() implements FirstPacket {}

    /// What PostgreSQL closes the connection for without a word.
    record Nonsense() implements FirstPacket {}

    /// A protocol before 3: its clients want errors in their own form.
    record OldProtocol(int major, int minor) implements FirstPacket {}

    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    record CancelRequest(int pid, byte[] secret) implements FirstPacket {}

    /// @param minor the minor version asked for, of major version 3
    /// @param parameters in the order sent; `user` is present
    record Startup(int minor, Map<String, String> parameters) implements FirstPacket {
        public String user() {
            return parameters.getOrDefault("user", "");
        }

        /// The database asked for; by default it is named as the user.
        public String database() {
            var database = parameters.getOrDefault("database", "");
            return database.isEmpty() ? user() : database;
        }
    }

    /// The length of the packet that starts at the reader index, or -1 when it is out of PostgreSQL's bounds.
    static int length(ByteBuf in) {
        int length = in.getInt(in.readerIndex());
        return length < 8 || length > MAX_LENGTH ? -1 : length;
    }

    /// Reads one whole packet, its length word included.
    static FirstPacket read(ByteBuf packet) throws ProtocolException {
        packet.skipBytes(4);
        int code = packet.readInt();
        return switch (code) {
            case SSL_REQUEST -> new SslRequest();
            case GSSENC_REQUEST -> new GssEncRequest();
            case CANCEL_REQUEST -> cancel(packet);
            default -> code >>> 16 < 3 ? new OldProtocol(code >>> 16, code & 0xffff) : startup(packet, code);
        };
    }

    /// What PostgreSQL says to a version that it does not speak.
    static String unsupported(int code) {
        return "unsupported frontend protocol " + (code >>> 16) + "." + (code & 0xffff) + ": server supports 3.0 to 3."
                + NEWEST_MINOR;
    }

    private static FirstPacket cancel(ByteBuf packet) {
        int secretLength = packet.readableBytes() - 4;
        if (secretLength < 1 || secretLength > MAX_CANCEL_SECRET) {
            return new Nonsense();
        }
        int pid = packet.readInt();
        var secret = new byte[secretLength];
        packet.readBytes(secret);
        return new CancelRequest(pid, secret);
    }

    private static FirstPacket startup(ByteBuf packet, int code) throws ProtocolException {
        if (code >>> 16 != 3) {
            throw new ProtocolException(PgError.fatal(SqlState.FEATURE_NOT_SUPPORTED, unsupported(code)));
        }
        var parameters = new LinkedHashMap<String, String>();
        // As PostgreSQL reads it: what has no value ends the list, and one byte has to be left then.
        while (packet.isReadable() && packet.getByte(packet.readerIndex()) != 0) {
            int nul = CString.end(packet, packet.readerIndex(), packet.writerIndex());
            if (nul < 0 || nul + 1 == packet.writerIndex()) {
                break;
            }
            var name = CString.read(packet);
            int valueEnd = CString.end(packet, packet.readerIndex(), packet.writerIndex());
            if (valueEnd < 0) {
                throw ProtocolException.violation(LAYOUT);
            }
            parameters.put(name, CString.read(packet));
        }
        if (packet.readableBytes() != 1) {
            throw ProtocolException.violation(LAYOUT);
        }
        if (parameters.getOrDefault("user", "").isEmpty()) {
            throw new ProtocolException(PgError.fatal(
                    SqlState.INVALID_AUTHORIZATION, "no PostgreSQL user name specified in startup packet"));
        }
        return new Startup(code & 0xffff, parameters);
    }
}
