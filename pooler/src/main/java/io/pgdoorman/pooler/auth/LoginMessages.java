package io.pgdoorman.pooler.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Bodies of the message `p` that a client sends while it logs in, read with every length checked.
public final class LoginMessages {
    /// Longest password text that PostgreSQL's own clients send is far below; longer is refused before it is read.
    public static final int MAX_PASSWORD = 65_535;

    private static final int MAX_MECHANISM = 64;

    private LoginMessages() {}

    /// SASLInitialResponse: the mechanism, and its first data unless the client sent none.
    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    public record SaslInitial(String mechanism, byte @Nullable [] data) {}

    /// The text of a PasswordMessage without its terminator; exactly one terminator, at the end.
    public static byte[] password(byte[] body) throws AuthException {
        if (body.length == 0 || body.length > MAX_PASSWORD || indexOfNul(body, body.length) != body.length - 1) {
            throw new AuthException("08P01", "invalid password packet size", null);
        }
        if (body.length == 1) {
            throw new AuthException("28P01", "empty password returned by client", null);
        }
        return Arrays.copyOf(body, body.length - 1);
    }

    /// Reads a SASLInitialResponse (PostgreSQL manual, "Message Formats").
    public static SaslInitial saslInitial(byte[] body) throws AuthException {
        int nul = indexOfNul(body, Math.min(body.length, MAX_MECHANISM));
        if (nul < 0) {
            throw invalidFormat("no SASL mechanism");
        }
        if (body.length - nul - 1 < Integer.BYTES) {
            throw invalidFormat("no length of the SASL data");
        }
        String mechanism = new String(body, 0, nul, StandardCharsets.ISO_8859_1);
        int length = ByteBuffer.wrap(body).getInt(nul + 1);
        int start = nul + 1 + Integer.BYTES;
        if (length == -1 && start == body.length) {
            return new SaslInitial(mechanism, null);
        }
        if (length < 0 || length != body.length - start) {
            throw invalidFormat("SASL data of " + length + " bytes announced, " + (body.length - start) + " sent");
        }
        return new SaslInitial(mechanism, Arrays.copyOfRange(body, start, body.length));
    }

    private static AuthException invalidFormat(String detail) {
        return new AuthException("08P01", "invalid message format", detail);
    }

    private static int indexOfNul(byte[] body, int end) {
        for (int i = 0; i < end; i++) {
            if (body[i] == 0) {
                return i;
            }
        }
        return -1;
    }
}
