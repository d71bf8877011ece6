package io.pgdoorman.pooler.script;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One thing that a frontend sends, named for the reader of a failed test (PostgreSQL manual, "Message Formats").
public final class Message {
    private final String shown;
    private final byte[] bytes;

    private Message(String shown, byte[] bytes) {
        this.shown = shown;
        this.bytes = bytes;
    }

    /// As it goes over the wire.
    public byte[] bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return shown;
    }

    /// Any bytes, with no header added.
    public static Message raw(byte[] bytes) {
        return new Message("raw(" + HexFormat.of().formatHex(bytes) + ")", bytes.clone());
    }

    /// A message of any tag with any body, and a right length.
    public static Message tagged(char tag, byte[] body) {
        return new Message(tag + "(" + HexFormat.of().formatHex(body) + ")", frame(tag, body));
    }

    /// StartupMessage; `protocol` is for example 0x30000.
    public static Message startup(int protocol, Map<String, String> parameters) {
        var body = new Body().int32(protocol);
        parameters.forEach((name, value) -> body.string(name).string(value));
        return new Message("startup(" + parameters + ")", headless(body.int8(0).bytes()));
    }

    /// StartupMessage of protocol 3.0.
    public static Message startup(Map<String, String> parameters) {
        return startup(0x30000, parameters);
    }

    /// SSLRequest.
    public static Message sslRequest() {
        return new Message("sslRequest", headless(new Body().int32(80877103).bytes()));
    }

    /// GSSENCRequest.
    public static Message gssencRequest() {
        return new Message("gssencRequest", headless(new Body().int32(80877104).bytes()));
    }

    /// CancelRequest with the body of a BackendKeyData.
    public static Message cancelRequest(byte[] key) {
        return new Message(
                "cancelRequest", headless(new Body().int32(80877102).raw(key).bytes()));
    }

    /// PasswordMessage, SASLInitialResponse or SASLResponse.
    public static Message password(byte[] body) {
        return new Message("password", frame('p', body));
    }

    /// SASLInitialResponse.
    ///
    /// @param data null for none
    public static Message saslInitial(String mechanism, byte @Nullable [] data) {
        return password(new Body().string(mechanism).value(data).bytes());
    }

    /// Query.
    public static Message query(String sql) {
        return new Message(
                "query(" + sql + ")", frame('Q', new Body().string(sql).bytes()));
    }

    /// Parse, with the object ids of parameter types.
    public static Message parse(String name, String sql, int... types) {
        var body = new Body().string(name).string(sql).int16(types.length);
        for (int type : types) {
            body.int32(type);
        }
        return new Message("parse(" + name + ", " + sql + ")", frame('P', body.bytes()));
    }

    /// Bind to the unnamed portal, all parameters and results in text.
    public static Message bind(String statement, @Nullable String... parameters) {
        return bindPortal("", statement, parameters);
    }

    /// Bind to a named portal, all parameters and results in text.
    public static Message bindPortal(String portal, String statement, @Nullable String... parameters) {
        var body = new Body().string(portal).string(statement).int16(0).int16(parameters.length);
        for (var parameter : parameters) {
            body.value(parameter == null ? null : parameter.getBytes(StandardCharsets.UTF_8));
        }
        return new Message(
                "bind(" + portal + ", " + statement + ", " + Arrays.toString(parameters) + ")",
                frame('B', body.int16(0).bytes()));
    }

    /// Describe of a statement.
    public static Message describeStatement(String name) {
        return onName("describeStatement", 'D', 'S', name);
    }

    /// Describe of a portal.
    public static Message describePortal(String name) {
        return onName("describePortal", 'D', 'P', name);
    }

    /// Close of a statement.
    public static Message closeStatement(String name) {
        return onName("closeStatement", 'C', 'S', name);
    }

    /// Close of a portal.
    public static Message closePortal(String name) {
        return onName("closePortal", 'C', 'P', name);
    }

    /// Execute of the unnamed portal, all rows.
    public static Message execute() {
        return execute("", 0);
    }

    /// Execute of a portal, at most that many rows, 0 for all.
    public static Message execute(String portal, int rows) {
        return new Message(
                "execute(" + portal + ", " + rows + ")",
                frame('E', new Body().string(portal).int32(rows).bytes()));
    }

    /// Flush.
    public static Message flush() {
        return new Message("flush", frame('H', new byte[0]));
    }

    /// Sync.
    public static Message sync() {
        return new Message("sync", frame('S', new byte[0]));
    }

    /// Terminate.
    public static Message terminate() {
        return new Message("terminate", frame('X', new byte[0]));
    }

    /// CopyData.
    public static Message copyData(String text) {
        return new Message("copyData(" + text.length() + ")", frame('d', text.getBytes(StandardCharsets.UTF_8)));
    }

    /// CopyDone.
    public static Message copyDone() {
        return new Message("copyDone", frame('c', new byte[0]));
    }

    /// CopyFail.
    public static Message copyFail(String reason) {
        return new Message(
                "copyFail(" + reason + ")", frame('f', new Body().string(reason).bytes()));
    }

    /// FunctionCall with arguments and result in text.
    public static Message functionCall(int function, String... arguments) {
        var body = new Body().int32(function).int16(0).int16(arguments.length);
        for (var argument : arguments) {
            body.value(argument.getBytes(StandardCharsets.UTF_8));
        }
        return new Message(
                "functionCall(" + function + ", " + List.of(arguments) + ")",
                frame('F', body.int16(0).bytes()));
    }

    private static Message onName(String shown, char tag, char kind, String name) {
        return new Message(
                shown + "(" + name + ")",
                frame(tag, new Body().int8(kind).string(name).bytes()));
    }

    private static byte[] frame(char tag, byte[] body) {
        return new Body().int8(tag).int32(body.length + Integer.BYTES).raw(body).bytes();
    }

    private static byte[] headless(byte[] body) {
        return new Body().int32(body.length + Integer.BYTES).raw(body).bytes();
    }

    /// Bytes in network order.
    static final class Body {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Body int8(int value) {
            out.write(value);
            return this;
        }

        Body int16(int value) {
            return int8(value >>> 8).int8(value);
        }

        Body int32(int value) {
            return int16(value >>> 16).int16(value);
        }

        Body raw(byte[] value) {
            out.writeBytes(value);
            return this;
        }

        Body string(String value) {
            return raw(value.getBytes(StandardCharsets.UTF_8)).int8(0);
        }

        Body value(byte @Nullable [] value) {
            return value == null ? int32(-1) : int32(value.length).raw(value);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
