package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a client may send first (PostgreSQL manual, "Message Formats": SSLRequest, GSSENCRequest, CancelRequest,
/// StartupMessage). These bytes are hostile: every length is checked before it is used.
public sealed interface FirstPacket {
    /// PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
    int MAX_LENGTH = 10_000;

    int SSL_REQUEST = 80_877_103;
    int GSSENC_REQUEST = 80_877_104;
    int CANCEL_REQUEST = 80_877_102;

    /// Secrets are 4 bytes in protocol 3.0 and up to 256 in 3.2.
    int MAX_CANCEL_SECRET = 256;

    record SslRequest() implements FirstPacket {}

    record GssEncRequest() implements FirstPacket {}

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

    /// The length of the packet that starts at the reader index.
    ///
    /// @throws ProtocolException when it is out of PostgreSQL's bounds
    static int length(ByteBuf in) throws ProtocolException {
        int length = in.getInt(in.readerIndex());
        if (length < 8 || length > MAX_LENGTH) {
            throw ProtocolException.violation("invalid length of startup packet");
        }
        return length;
    }

    /// Reads one whole packet, its length word included.
    static FirstPacket read(ByteBuf packet) throws ProtocolException {
        packet.skipBytes(4);
        int code = packet.readInt();
        return switch (code) {
            case SSL_REQUEST -> bare(packet, new SslRequest());
            case GSSENC_REQUEST -> bare(packet, new GssEncRequest());
            case CANCEL_REQUEST -> cancel(packet);
            default -> startup(packet, code);
        };
    }

    private static FirstPacket bare(ByteBuf packet, FirstPacket request) throws ProtocolException {
        if (packet.isReadable()) {
            throw ProtocolException.violation("invalid length of startup packet");
        }
        return request;
    }

    private static FirstPacket cancel(ByteBuf packet) throws ProtocolException {
        int secretLength = packet.readableBytes() - 4;
        if (secretLength < 4 || secretLength > MAX_CANCEL_SECRET) {
            throw ProtocolException.violation("invalid length of cancel request");
        }
        int pid = packet.readInt();
        var secret = new byte[secretLength];
        packet.readBytes(secret);
        return new CancelRequest(pid, secret);
    }

    private static FirstPacket startup(ByteBuf packet, int code) throws ProtocolException {
        int major = code >>> 16;
        int minor = code & 0xffff;
        if (major != 3) {
            throw new ProtocolException(PgError.fatal(
                    SqlState.FEATURE_NOT_SUPPORTED,
                    "unsupported frontend protocol " + major + "." + minor + ": server supports 3.0 to 3.2"));
        }
        var parameters = new LinkedHashMap<String, String>();
        while (true) {
            if (!packet.isReadable()) {
                throw ProtocolException.violation("invalid startup packet layout: expected terminator as last byte");
            }
            var name = CString.read(packet);
            if (name.isEmpty()) {
                break;
            }
            parameters.put(name, CString.read(packet));
        }
        if (packet.isReadable()) {
            throw ProtocolException.violation("invalid startup packet layout: expected terminator as last byte");
        }
        if (parameters.getOrDefault("user", "").isEmpty()) {
            throw new ProtocolException(PgError.fatal(
                    SqlState.INVALID_AUTHORIZATION, "no PostgreSQL user name specified in startup packet"));
        }
        return new Startup(minor, parameters);
    }
}
