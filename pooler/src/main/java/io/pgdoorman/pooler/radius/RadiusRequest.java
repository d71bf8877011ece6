package io.pgdoorman.pooler.radius;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// One Access-Request, and what of all that comes back is its answer (RFC 2865, and RFC 2869 §5.14 for the
/// Message-Authenticator, without which somebody on the way could turn a refusal into its opposite by a collision of
/// MD5, known as Blast-RADIUS).
///
/// ```
/// code 1 │ id 1 │ length 2 │ authenticator 16 │ attributes: type 1, length 1, value …
/// ```
final class RadiusRequest {
    /// Of any packet (RFC 2865 §3).
    static final int LONGEST = 4096;

    /// The most that User-Password can hide.
    static final int LONGEST_PASSWORD = 128;

    /// Of an attribute's value.
    static final int LONGEST_TEXT = 253;

    private static final int ACCESS_REQUEST = 1;
    private static final int ACCESS_ACCEPT = 2;
    private static final int ACCESS_REJECT = 3;
    private static final int HEADER = 20;
    private static final int AUTHENTICATOR = 4;
    private static final int DIGEST = 16;

    private static final int USER_NAME = 1;
    private static final int USER_PASSWORD = 2;
    private static final int SERVICE_TYPE = 6;
    private static final int NAS_IDENTIFIER = 32;
    private static final int MESSAGE_AUTHENTICATOR = 80;
    private static final byte[] AUTHENTICATE_ONLY = {0, 0, 0, 8};

    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;
    private final byte[] packet;

    private RadiusRequest(byte[] secret, byte[] packet) {
        this.secret = secret;
        this.packet = packet;
    }

    /// @param accepts whether the user comes in
    /// @param isAuthentic whether a Message-Authenticator says so
    record Answer(boolean accepts, boolean isAuthentic) {}

    /// Asks whether the password is the user's, under a number and an authenticator that nobody could foresee.
    static RadiusRequest of(RadiusRule.Server server, String user, byte[] password) {
        byte[] chosen = new byte[1 + DIGEST];
        RANDOM.nextBytes(chosen);
        return of(server, user, password, chosen);
    }

    /// @param chosen the number, and the authenticator
    static RadiusRequest of(RadiusRule.Server server, String user, byte[] password, byte[] chosen) {
        byte[] secret = server.secret().getBytes(UTF_8);
        byte[] authenticator = Arrays.copyOfRange(chosen, 1, chosen.length);
        var out = ByteBuffer.allocate(LONGEST);
        out.put((byte) ACCESS_REQUEST).put(chosen[0]).putShort((short) 0).put(authenticator);
        attribute(out, MESSAGE_AUTHENTICATOR, new byte[DIGEST]); // first, as RFCs after 2869 have it
        attribute(out, SERVICE_TYPE, AUTHENTICATE_ONLY);
        attribute(out, USER_NAME, user.getBytes(UTF_8));
        attribute(out, USER_PASSWORD, hidden(password, secret, authenticator));
        attribute(out, NAS_IDENTIFIER, server.identifier().getBytes(UTF_8));
        out.putShort(2, (short) out.position());
        byte[] packet = Arrays.copyOf(out.array(), out.position());
        System.arraycopy(hmac(secret, packet), 0, packet, HEADER + 2, DIGEST);
        return new RadiusRequest(secret, packet);
    }

    private static void attribute(ByteBuffer out, int type, byte[] value) {
        if (value.length > LONGEST_TEXT) {
            throw new IllegalArgumentException("attribute " + type + " has " + value.length + " bytes");
        }
        out.put((byte) type).put((byte) (2 + value.length)).put(value);
    }

    /// RFC 2865 §5.2: in blocks, each under a digest of the block before it.
    static byte[] hidden(byte[] password, byte[] secret, byte[] authenticator) {
        int blocks = Math.max(1, (password.length + DIGEST - 1) / DIGEST);
        byte[] hidden = Arrays.copyOf(password, blocks * DIGEST);
        byte[] before = authenticator;
        for (int block = 0; block < hidden.length; block += DIGEST) {
            byte[] mask = md5(secret, before);
            for (int i = 0; i < DIGEST; i++) {
                hidden[block + i] ^= mask[i];
            }
            before = Arrays.copyOfRange(hidden, block, block + DIGEST);
        }
        return hidden;
    }

    byte[] packet() {
        return packet;
    }

    /// Empty where it is not the server's answer to this request.
    ///
    /// @param length what of the array was received
    Optional<Answer> answer(byte[] received, int length) {
        if (length < HEADER || length > LONGEST || received[1] != packet[1]) {
            return Optional.empty();
        }
        int told = Short.toUnsignedInt(ByteBuffer.wrap(received).getShort(2));
        if (told < HEADER || told > length) {
            return Optional.empty();
        }
        byte[] answer = Arrays.copyOf(received, told);
        int at = messageAuthenticator(answer);
        if (!isSigned(answer) || at < 0 || (at > 0 && !isAuthentic(answer, at))) {
            return Optional.empty();
        }
        return switch (answer[0]) {
            case ACCESS_ACCEPT -> Optional.of(new Answer(true, at > 0));
            case ACCESS_REJECT -> Optional.of(new Answer(false, at > 0));
            default -> Optional.empty(); // a challenge, which nobody here could answer
        };
    }

    /// The Response Authenticator (RFC 2865 §3).
    boolean isSigned(byte[] answer) {
        return MessageDigest.isEqual(
                md5(underRequest(answer), secret), Arrays.copyOfRange(answer, AUTHENTICATOR, HEADER));
    }

    /// Where its only Message-Authenticator begins; 0 without one, -1 where the attributes are none.
    private static int messageAuthenticator(byte[] answer) {
        int found = 0;
        int at = HEADER;
        while (at < answer.length) {
            int length = at + 1 < answer.length ? Byte.toUnsignedInt(answer[at + 1]) : 0;
            if (length < 2 || at + length > answer.length) {
                return -1;
            }
            if (Byte.toUnsignedInt(answer[at]) == MESSAGE_AUTHENTICATOR) {
                if (found > 0 || length != 2 + DIGEST) {
                    return -1;
                }
                found = at + 2;
            }
            at += length;
        }
        return found;
    }

    private boolean isAuthentic(byte[] answer, int at) {
        byte[] told = Arrays.copyOfRange(answer, at, at + DIGEST);
        byte[] signed = underRequest(answer);
        Arrays.fill(signed, at, at + DIGEST, (byte) 0);
        return MessageDigest.isEqual(told, hmac(secret, signed));
    }

    /// What an answer signs: itself, with the authenticator of what was asked.
    private byte[] underRequest(byte[] answer) {
        byte[] signed = answer.clone();
        System.arraycopy(packet, AUTHENTICATOR, signed, AUTHENTICATOR, DIGEST);
        return signed;
    }

    private static byte[] md5(byte[] first, byte[] second) {
        try {
            var digest = MessageDigest.getInstance("MD5");
            digest.update(first);
            return digest.digest(second);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    private static byte[] hmac(byte[] key, byte[] data) {
        try {
            var mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec(key, "HmacMD5"));
            return mac.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacMD5", e);
        }
    }
}
